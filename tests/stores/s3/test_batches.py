"""Plans, manifests and ledgers in the bucket: what is there is found, oldest first, and what is not is told apart."""

from datetime import date
from uuid import uuid4

import pytest

from commerce.batches.copy_manifest import Part, copy_manifest
from commerce.batches.paths import warehouse_key
from commerce.batches.records import Fold, Input, Manifest, Outcome, Plan, Taken
from stores.s3.batches import FOLDED_AT, Batches
from tests.parts import S3
from tests.stores.servers import s3_client

pytestmark = pytest.mark.parts

FIRST, SECOND = "20101201T082600Z-00ff", "20101201T092600Z-0000"
FILE = Taken("incoming/a.csv", "e1", rows=3, lines=2, refused=1)
OBJECT = Taken("raw/order-lines/x.jsonl.gz", "e2", rows=5, lines=5, refused=0)


def a_manifest(batch: str, *files: Taken, objects: tuple[Taken, ...] = ()) -> Manifest:
    outcome = Outcome(files, objects, ("staged/1.parquet",), (), (date(2010, 12, 1),))
    return Manifest(batch, 2**62 + 1, 2, outcome)


@pytest.fixture
def batches(s3: S3) -> Batches:
    client, bucket = s3_client(s3), f"lake-{uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    return Batches(client, bucket)


def test_a_bucket_without_batches_has_taken_nothing(batches: Batches) -> None:
    assert (batches.ids(), batches.taken(), batches.unfinished(), batches.outcome(FIRST)) == ([], set(), [], None)


def test_manifests_come_back_whole_and_oldest_first(batches: Batches) -> None:
    written = [a_manifest(SECOND), a_manifest(FIRST, FILE, objects=(OBJECT,))]
    for manifest in written:
        batches.put_manifest(manifest)
    assert list(batches.manifests()) == written[::-1]
    assert batches.taken() == {("incoming/a.csv", "e1"), ("raw/order-lines/x.jsonl.gz", "e2")}


def test_a_plan_is_unfinished_until_its_manifest_is_written(batches: Batches) -> None:
    plan = Plan(FIRST, (Input("incoming/a.csv", "e1", 10),), ())
    batches.put_plan(plan)
    assert batches.unfinished() == [plan]
    batches.put_outcome(FIRST, a_manifest(FIRST, FILE).outcome)
    assert (batches.unfinished(), batches.outcome(FIRST)) == ([plan], a_manifest(FIRST, FILE).outcome)
    batches.put_manifest(a_manifest(FIRST, FILE))
    assert batches.unfinished() == []


def test_a_fold_stands_for_all_manifests_up_to_it_and_is_written_for_a_days_more(batches: Batches) -> None:
    files = [Taken(f"incoming/{number}.csv", "e", rows=1, lines=1, refused=0) for number in range(2 * FOLDED_AT)]
    ids = [f"20101201T{number:06}Z-0000" for number in range(2 * FOLDED_AT)]
    assert batches.extended(batches.fold()) == Fold()
    folds = []
    for batch, file in zip(ids, files, strict=True):
        batches.put_plan(Plan(batch, (), ()))
        batches.put_manifest(a_manifest(batch, file))
        folds.append(batches.extended(batches.fold()))
        assert batches.fold() == folds[-1]
    day, two = (
        Fold(ids[end - 1], tuple(sorted(it.identity for it in files[:end]))) for end in (FOLDED_AT, 2 * FOLDED_AT)
    )
    assert folds == [Fold()] * (FOLDED_AT - 1) + [day] * FOLDED_AT + [two]
    assert batches.ids(day.batch) == batches.plans(day.batch) == ids[FOLDED_AT:]
    assert batches.unfinished(day.batch) == []
    assert batches.extended(day) == two  # a run that was stopped after its put writes the same again


def test_a_manifest_is_to_be_loaded_until_the_stores_own_ledger_has_it(batches: Batches) -> None:
    for batch in (FIRST, SECOND):
        batches.put_manifest(a_manifest(batch))
    batches.put_loaded("tables", FIRST, {"items": 2})
    assert [manifest.batch for manifest in batches.to_load(batches.loaded("tables"))] == [SECOND]
    assert [manifest.batch for manifest in batches.to_load(batches.loaded("warehouse"))] == [FIRST, SECOND]


def test_what_lies_under_incoming_is_listed_whatever_its_name_but_folders(batches: Batches) -> None:
    for key in ("incoming/b.txt", "incoming/a.csv", "incoming/sub/", "elsewhere/c.csv"):
        batches.client.put_object(Bucket=batches.bucket, Key=key, Body=b"" if key.endswith("/") else b"x")
    found = batches.incoming()
    assert [(it.key, it.bytes) for it in found] == [("incoming/a.csv", 1), ("incoming/b.txt", 1)]
    assert found[0].etag == found[1].etag == "9dd4e461268c8034f5c8564e155c67a6"


def test_raw_objects_are_those_of_the_topic(batches: Batches) -> None:
    key = "raw/order-lines/epoch=0001/day=2010-12-01/partition=3/00000000000000000042.jsonl.gz"
    for name in (key, "raw/order-lines/readme", key.replace("order-lines", "others")):
        batches.client.put_object(Bucket=batches.bucket, Key=name, Body=b"x")
    assert [it.key for it in batches.raw_objects("order-lines")] == [key]


def test_what_copy_is_given_counts_while_every_file_is_there_as_it_says(batches: Batches) -> None:
    parts = [Part(warehouse_key(FIRST, number), 3 + number, 10) for number in range(2)]
    manifest = copy_manifest(batches.bucket, parts)
    for part in parts:
        batches.client.put_object(Bucket=batches.bucket, Key=part.key, Body=b"x" * part.bytes)
    assert batches.copy_manifest(FIRST) is None
    batches.put_copy_manifest(FIRST, manifest)
    assert batches.copy_manifest(FIRST) == manifest
    batches.client.put_object(Bucket=batches.bucket, Key=parts[1].key, Body=b"xxx")
    assert batches.copy_manifest(FIRST) is None
    batches.client.delete_object(Bucket=batches.bucket, Key=parts[1].key)
    assert batches.copy_manifest(FIRST) is None
    assert batches.copy_manifest(SECOND) is None
