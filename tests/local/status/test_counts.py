"""Which stores `status` says have lost lines, by the records of batches in a real bucket."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from commerce.batches.records import Manifest, Outcome, Plan
from commerce.erasures import Erasure, Proof
from local.status.counts import emptied
from stores.retries import never
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.objects import Lake
from tests.parts import S3
from tests.stores.servers import s3_client

NOTHING = Outcome((), (), (), (), ())
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parts
def test_a_store_lost_lines_where_it_has_fewer_than_the_lake_and_its_load_and_its_consumer_have_none_to_bring(
    s3: S3,
) -> None:
    batches = Batches(s3_client(s3), f"counts-{uuid4().hex}")
    batches.client.create_bucket(Bucket=batches.bucket)

    def lost(dynamodb: int, redshift: int, *, tables_read: bool = True) -> list[str]:
        return emptied(batches, {"lake": 9, "dynamodb": dynamodb, "redshift": redshift}, tables_read=tables_read)

    assert lost(9, 9) == []
    assert lost(8, 8) == ["dynamodb", "redshift"]
    assert lost(8, 8, tables_read=False) == ["redshift"]
    batches.put_plan(Plan("a", (), ()))
    assert lost(0, 0) == []
    batches.put_manifest(Manifest("a", 1, 7, NOTHING, 9))
    assert lost(2, 2) == []
    assert lost(1, 1) == ["dynamodb", "redshift"]
    batches.put_loaded("tables", "a", {})
    assert lost(2, 2) == ["dynamodb"]


@pytest.mark.parts
def test_lines_that_are_being_erased_and_batches_that_take_lines_away_are_not_lost(s3: S3) -> None:
    batches = Batches(s3_client(s3), f"counts-{uuid4().hex}")
    batches.client.create_bucket(Bucket=batches.bucket)
    lake = Lake(batches.client, batches.bucket, never())
    lines = {"lake": 9, "dynamodb": 7, "redshift": 6}
    erasures.put(lake, Erasure("e", NOON, ("a" * 32, "b" * 32)))
    batches.put_manifest(Manifest("a", 1, -2, NOTHING, 9))
    assert emptied(batches, lines, tables_read=True) == ["redshift"]
    erasures.put_proof(lake, Proof("e", NOON, ()))
    assert emptied(batches, lines, tables_read=True) == ["dynamodb", "redshift"]
