"""The erasure of a customer on real Kafka, DynamoDB Local and S3Proxy, with the consumers' own code to fill them."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commerce import raw
from commerce.batches.paths import (
    EXPORTS,
    copy_manifest_key,
    export_key,
    export_prefix,
    loaded_key,
    staged_key,
    warehouse_key,
)
from commerce.batches.records import Export, Manifest, Outcome, Sum, Taken
from commerce.batches.staged_sums import difference
from commerce.erasures import is_mark
from commerce.filing import raw_object
from commerce.paths import RAW
from commerce.raw import Position, RawLine
from commerce.summaries import summaries
from glue_jobs.staging import LineFile
from operations.erasure import cli
from operations.erasure import platform as of_platform
from operations.erasure.bucket import ErasableBucket
from operations.erasure.run import Erasing, Held
from operations.erasure.wanted import Wanted
from operations.errors import Refused
from operations.topic import Topic
from stores import target as find_target
from stores.dynamodb.items import line_item, summary_item
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.dead_letters import DeadLetters
from stores.target import Target
from tests.consumers.kafka import an_event, line_messages
from tests.operations.bulk_load.emulated import served
from tests.operations.real_platform import RealPlatform, csv_file
from tests.orders import a_line, cells, csv_document
from tests.parts import S3
from tests.stores.s3.test_dead_letters import LETTER

pytestmark = pytest.mark.parts

CUSTOMER = 12_001
LINES = [
    a_line(InvoiceNo=f"{600_000 + number // 5}", StockCode=f"{number % 5}", CustomerID=12_000 + number // 10 % 4)
    for number in range(120)
]
GONE = [line for line in LINES if line.CustomerID == CUSTOMER]
LEFT = [line for line in LINES if line.CustomerID != CUSTOMER]
BATCH = "20101201T000000Z-0001"


@pytest.fixture
def platform(kafka: str, dynamodb: str, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealPlatform:
    """A platform that holds the lines in each of its stores but lake and warehouse, and bad messages and rows."""
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    monkeypatch.delenv("TILLSTREAM_API_URL", raising=False)
    platform = RealPlatform.start(kafka, dynamodb, s3, tmp_path)
    platform.publish(LINES, [b'{"CustomerID":"12001"}', b'{"CustomerID":"12002"}', b"12001 called", b"120012 called"])
    platform.consume()
    drop(platform, tmp_path)
    return platform


def drop(platform: RealPlatform, folder: Path) -> None:
    """Leave a dropped file with its batch, its refused rows, the files for COPY and a sample of what was loaded."""
    bucket = platform.target.lake_bucket
    put = partial(platform.s3.put_object, Bucket=bucket)
    bad = cells(CustomerID="12001.0", Quantity="many"), cells(CustomerID="12002", Quantity="many")
    etag = put(Key="incoming/day.csv", Body=csv_document(cells(CustomerID=str(CUSTOMER)), *bad))["ETag"].strip('"')
    rows = [{"File": "incoming/day.csv", "Line": 3 + at, "Cells": row, "Reasons": []} for at, row in enumerate(bad)]
    put(Key=f"quarantine/bulk/day.csv/{etag}.jsonl", Body=b"".join(msgspec.json.encode(it) + b"\n" for it in rows))
    with LineFile(folder / "lines.parquet") as file:
        for line in LINES[:40]:
            file.add(line)
    for key in (staged_key(BATCH, "stream", 0), warehouse_key(BATCH, 0)):
        platform.s3.upload_file(str(file.path), bucket, key)
    put(Key=copy_manifest_key(BATCH), Body=b"{}")
    sample = [[it.LineId, it.InvoiceNo, it.StockCode, it.CustomerID] for it in LINES[:40]]
    put(Key=loaded_key("tables", BATCH), Body=json.dumps({"batch": BATCH, "lines": 40, "sample": sample}).encode())
    for table, items in (
        ("invoices", map(line_item, LINES[:11])),
        ("customers", map(summary_item, summaries(LINES[:11]))),
    ):
        text = b"".join(msgspec.json.encode({"Item": it}) + b"\n" for it in items)
        put(Key=f"{export_prefix('killed', table)}00000.json.gz", Body=gzip.compress(text))
    put(Key=f"{EXPORTS}killed/invoices-errors/report.txt", Body=b"the item of 12001 failed")
    put(Key=f"{EXPORTS}killed/invoices-errors/report.gz", Body=gzip.compress(b"the item of 12001 failed"))
    put(Key=f"{EXPORTS}killed/invoices-errors/broken.json.gz", Body=b"\x1f\x8b\x08 12001 \xff")
    raw_sample = tuple(msgspec.Raw(msgspec.json.encode(it)) for it in sample[:12])
    put(Key=export_key("killed"), Body=msgspec.json.encode(Export("killed", (BATCH,), 11, 2, 9, raw_sample)))
    taken = Taken("incoming/day.csv", etag, 3, 1, 2)
    outcome = Outcome((taken,), (), (), (staged_key(BATCH, "stream", 0),), ())
    Batches(platform.s3, bucket).put_manifest(Manifest(BATCH, None, 0, outcome))
    event = an_event(*line_messages([LINES[10], LINES[0]]))
    letter = msgspec.structs.replace(LETTER, payload=json.dumps(event))
    DeadLetters(platform.s3, bucket).put("aws/lambda/m/order-lines-0/2010/12/01/x", letter)


def no_job(name: str, own: list[str]) -> bool:
    raise AssertionError(f"nothing is in the lake and in the warehouse, and {name} ran")


def no_run() -> None:
    """No run of load_tables is on."""


@contextmanager
def erasing(target: Target, customer: int = CUSTOMER) -> Iterator[Erasing]:
    bucket = ErasableBucket(target)
    stores = of_platform.stores(target, bucket, no_job, no_run)
    with Topic(target) as topic:
        settle = partial(of_platform.settle, target, topic, 5, lambda _: None)
        yield Erasing(customer, bucket, stores, topic, settle, lambda _: None, gate_seconds=0)


def erase(target: Target) -> list[str]:
    with erasing(target) as it:
        held = it.search()
        return list(map(str, it.carry_out(held)))


def held_by(target: Target) -> Held:
    with erasing(target) as it:
        return it.search()


def found(target: Target) -> dict[str, tuple[int, int]]:
    """Rows of lines and other records, by store, of those that hold any."""
    return {it.store: (it.rows, it.others) for it in held_by(target).found if not it.is_nothing}


def test_a_customer_is_found_in_every_store_and_then_in_none_of_them(
    platform: RealPlatform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = platform.target
    assert found(target) == {
        "raw objects": (30, 2),
        "tables": (30, 0),
        "dropped files": (1, 1),
        "staged files": (30, 0),
        "exports": (3, 4),
        "quarantine": (1, 3),
    }
    of_staged: dict[str, str] = {"Bucket": target.lake_bucket, "Key": staged_key(BATCH, "stream", 0)}
    before = platform.s3.get_object(**of_staged)["Body"].read()
    left = erase(target)
    # what a load job asks of a staged file: to be curate's, or what an erasure made of it
    after = platform.s3.get_object(**of_staged)
    body = after["Body"].read()
    recorded = Sum(40, len(before), sha256(before).hexdigest())
    assert body != before
    assert difference(recorded, len(body), sha256(body).hexdigest(), after["Metadata"]) is None
    assert difference(recorded, len(body), sha256(body[1:]).hexdigest(), after["Metadata"])
    assert [it.partition(",")[0] for it in left] == [
        "32 messages of the topic",
        "files of whoever sent the rows",
    ]
    assert found(target) == {}
    [record] = erasures.records(platform.lake)
    dropped = 1  # the row of the file, which is no line of the others
    assert len(record.lines) == len(GONE) + dropped
    assert b"12001" not in msgspec.json.encode(record)
    proof = erasures.proof(platform.lake, record.id)
    assert proof is not None
    assert list(proof.remains) == left

    # the same file again, by the stream
    platform.publish(LINES)
    platform.read_on()
    assert found(target) == {}
    capsys.readouterr()
    file = csv_file(tmp_path / "all.csv", LINES)
    code = platform.run("reconcile", file, "--json", "--exact", "--hops", "topic,s3,dynamodb")
    verdict = json.loads(capsys.readouterr().out)
    assert (code, {it["name"] for it in verdict["rules"] if not it["holds"]}) == (0, set())
    assert (verdict["erased_rows"], {it["lines"] for it in verdict["hops"]}) == (len(GONE), {len(LEFT)})


@pytest.mark.scale
def test_killed_before_any_of_its_writes_and_run_again_it_ends_in_the_same_state(
    platform: RealPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, kills = platform.target, 0
    for writes in count():
        with monkeypatch.context() as patch:
            patch.setattr(Target, "client", killed_after(writes, Target.client))
            try:
                erase(target)
            except KeyboardInterrupt:
                kills += 1
                continue
        break
    assert kills > 8
    assert found(target) == {}
    assert [it.id for it in erasures.records(platform.lake)] == [
        it.id for it in erasures.records(platform.lake) if erasures.proof(platform.lake, it.id)
    ]
    # every message of the others is as it was, and no offset is missing
    published = {(it.partition(), it.offset()): it.value() for it in platform.messages()}
    filed: dict[tuple[int | None, int | None], bytes | None] = {
        (it.partition, it.offset): it.value for it in raw_lines(platform)
    }
    changed = {at for at in published if published[at] != filed[at]}
    assert published.keys() == filed.keys()
    assert len(changed) == len(GONE) + 2
    assert all(is_mark(filed[at]) for at in changed)
    assert not [key for key, _ in objects(platform) if key.startswith("erasures/raw/")]


def killed_after(writes: int, client: Callable[..., Any]) -> Callable[..., Any]:
    """Makes clients that share so many writes to S3 and DynamoDB, and die before the next."""
    left = [writes]

    def die(model: Any, **_: Any) -> None:
        if model.name.startswith(("Put", "Delete", "BatchWrite")):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1

    def make(target: Target, service: str, **options: Any) -> Any:
        made = client(target, service, **options)
        made.meta.events.register("before-call", die)
        return made

    return make


@pytest.mark.scale
def test_a_writer_that_puts_another_object_into_the_gap_loses_nothing(platform: RealPlatform) -> None:
    target = platform.target
    [key, *_] = [it for it in platform.lake.raw_keys(target.topic) if marks_are_due(platform, str(it))]
    _, body = platform.lake.raw_object(key) or pytest.fail("it is there")
    erase(target)
    after = platform.lake.raw_object(key)
    # as an erasure that died between delete and put, and a writer with a shorter batch of the same first message
    kept = platform.s3.get_object(Bucket=target.lake_bucket, Key=str(key))
    platform.s3.put_object(
        Bucket=target.lake_bucket, Key=f"erasures/{key}", Body=kept["Body"].read(), Metadata=kept["Metadata"]
    )
    first = next(raw.lines(body))
    platform.s3.delete_object(Bucket=target.lake_bucket, Key=str(key))
    platform.lake.put_raw(raw_object(target.topic, key.partition, Position(1, key.first_offset, -1), [first]))
    with erasing(target) as it:
        it.carry_out(it.search())
    assert platform.lake.raw_object(key) == after


@pytest.mark.scale
def test_a_consumer_that_has_not_read_on_stops_the_erasure_before_anything_goes(platform: RealPlatform) -> None:
    platform.publish(LINES[10:11])
    before = found(platform.target)
    with pytest.raises(Refused, match="still has messages to read"):
        erase(platform.target)
    assert found(platform.target) == before
    platform.read_on()
    erase(platform.target)
    assert found(platform.target) == {}


def test_a_dropped_file_that_curate_has_not_taken_stops_it(platform: RealPlatform) -> None:
    body = csv_document(cells(CustomerID=str(CUSTOMER), Quantity="7"))
    platform.s3.put_object(Bucket=platform.target.lake_bucket, Key="incoming/new.csv", Body=body)
    with pytest.raises(Refused, match=r"curate has not taken incoming/new.csv yet"):
        erase(platform.target)
    assert found(platform.target)["dropped files"] == (1, 0)


def test_while_dynamodb_loads_a_table_nothing_is_erased_from_it_and_the_loads_items_go_first(
    platform: RealPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(platform.target, "IN_PROGRESS") as (stage, loads):
        arn = loads.begin(stage.customers_table)
        monkeypatch.setattr(find_target, "find", lambda stack: stage)
        with pytest.raises(Refused, match=f"the bulk load {arn} of table {stage.customers_table} is under way"):
            cli.erase([str(CUSTOMER), "--yes", "--stack", "tillstream-dev"])
        assert erasures.records(platform.lake) == []
        # a load that began after that
        stores = {it.name: it for it in of_platform.stores(stage, ErasableBucket(stage), no_job, no_run)}
        names, wanted = list(stores), Wanted(CUSTOMER)
        assert names.index("exports") < names.index("tables")
        with pytest.raises(Refused, match="is under way"):
            stores["exports"].erase(wanted)
        assert stores["exports"].search(wanted).is_nothing
        loads.ends = ("COMPLETED",)
        stores["exports"].erase(wanted)


def test_the_quarantined_records_of_the_customer_are_emptied_and_discarded_and_keep_their_ids(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    before = quarantined(platform, capsys)
    erase(platform.target)
    after = quarantined(platform, capsys)
    assert after.keys() == before.keys()
    emptied = {it for it in after if after[it]["state"] == "discarded"}
    assert len(emptied) == 4
    assert all(after[it] == before[it] for it in after.keys() - emptied)
    assert {after[it]["payload"] for it in emptied} <= {'{"Erased":null}', f'{{"Erased":"{LINES[10].LineId}"}}', None}
    assert all(not after[it]["cells"] for it in emptied)


@pytest.mark.scale
def test_neither_a_copy_of_before_nor_the_topic_brings_a_line_back_into_the_archive(
    platform: RealPlatform, tmp_path: Path
) -> None:
    copy = {key: body for key, body in objects(platform) if key.startswith(RAW)}
    for key, body in copy.items():
        path = tmp_path / "copy" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    erase(platform.target)
    for command in (("restore", str(tmp_path / "copy")), ("refile",)):
        for key in copy:
            platform.s3.delete_object(Bucket=platform.target.lake_bucket, Key=key)
        assert platform.run("ledger", *command, "--yes") == 0
        # what is not an order line has no LineId by which it could be known
        assert found(platform.target) == {"raw objects": (0, 2)}
        assert len(list(raw_lines(platform))) == len(LINES) + 4


def test_the_command_shows_what_is_held_changes_nothing_unasked_and_lists_past_erasures(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = platform.run("erase", *arguments, "--json")
        return code, json.loads(capsys.readouterr().out)

    before = found(platform.target)
    for option, code in (("--dry-run", 0), ("--json", 2)):
        ended, answer = run(str(CUSTOMER), option)
        assert (ended, answer["in_topic"]) == (code, len(GONE) + 2)
        assert {it["store"]: (it["rows"], it["others"]) for it in answer["found"] if it["places"]} == before
    assert found(platform.target) == before
    assert run("list") == (0, {"erasures": []})
    erase(platform.target)
    _, answer = run("list")
    [(record, proof)] = [(it["record"], it["proof"]) for it in answer["erasures"]]
    assert (record["id"], record["copies"]["tables"]) == (proof["id"], len(GONE))
    assert run("19999")[1]["found"] == [
        {"store": name, "rows": 0, "others": 0, "lines": [], "places": []}
        for name in (
            "raw objects", "exports", "tables", "lake", "dropped files", "staged files", "warehouse", "quarantine",
        )
    ]  # fmt: skip


def quarantined(platform: RealPlatform, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert platform.run("quarantine", "list", "--state", "all", "--json") == 0
    # a row's time is that of its object, which was written anew; its columns have names while its file is there
    kept = ("state", "place", "reasons", "cells", "payload")
    return {it["id"]: {name: it[name] for name in kept} for it in json.loads(capsys.readouterr().out)}


def objects(platform: RealPlatform) -> Iterator[tuple[str, bytes]]:
    """Every object of the bucket."""
    bucket = platform.target.lake_bucket
    for it in platform.s3.list_objects_v2(Bucket=bucket)["Contents"]:
        yield it["Key"], platform.s3.get_object(Bucket=bucket, Key=it["Key"])["Body"].read()


def raw_lines(platform: RealPlatform) -> Iterator[RawLine]:
    for key, body in objects(platform):
        if key.startswith(RAW):
            yield from raw.lines(body)


def marks_are_due(platform: RealPlatform, key: str) -> bool:
    wanted = Wanted(CUSTOMER)
    return any(wanted.in_message(it.value) is not None for it in raw.lines(platform.lake.read(key)))
