"""The records of erasures in the bucket, and how late a writer may learn of one."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from commerce.erasures import Erasure
from stores.s3 import erasures
from stores.s3.erasures import GATE_SECONDS, Gate
from stores.s3.objects import Lake
from tests.parts import S3
from tests.stores.servers import s3_client

pytestmark = pytest.mark.parts

FIRST = Erasure("20261129T230000Z-0000", datetime(2026, 11, 29, 23, tzinfo=UTC), ("0a" * 16,), {"tables": 1})
SECOND = Erasure("20261129T230100Z-0000", datetime(2026, 11, 29, 23, 1, tzinfo=UTC), ("1b" * 16, "2c" * 16))


@pytest.fixture
def bucket(s3: S3) -> Lake:
    client, name = s3_client(s3), f"lake-{uuid4().hex}"
    client.create_bucket(Bucket=name)
    return Lake(client, name)


def test_a_record_is_written_once_and_read_back_oldest_first(bucket: Lake) -> None:
    assert erasures.line_ids(bucket) == frozenset()
    assert [erasures.put(bucket, it) for it in (SECOND, FIRST, FIRST)] == [True, True, False]
    bucket.put_once("erasures/raw/order-lines/epoch=0001/day=2010-12-01/partition=0/0.jsonl.gz", b"")
    assert erasures.records(bucket) == [FIRST, SECOND]
    assert erasures.line_ids(bucket) == {"0a" * 16, "1b" * 16, "2c" * 16}


def test_a_gate_learns_of_a_record_within_its_seconds_and_reads_each_record_once(bucket: Lake) -> None:
    asked: list[str] = []
    bucket.client.meta.events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    now = 0.0
    gate = Gate(lambda: now)
    assert gate.line_ids(bucket) == frozenset()
    erasures.put(bucket, FIRST)
    now = GATE_SECONDS - 1
    assert gate.line_ids(bucket) == frozenset()
    now = GATE_SECONDS
    assert gate.line_ids(bucket) == set(FIRST.lines)
    erasures.put(bucket, SECOND)
    now = 2 * GATE_SECONDS
    assert gate.line_ids(bucket) == {*FIRST.lines, *SECOND.lines}
    assert gate.line_ids(bucket) == {*FIRST.lines, *SECOND.lines}
    reads = [it for it in asked if it != "PutObject"]
    assert reads == ["ListObjectsV2", "ListObjectsV2", "GetObject", "ListObjectsV2", "GetObject"]
