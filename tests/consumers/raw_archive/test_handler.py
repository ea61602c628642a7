"""raw_archive as Lambda calls it, on real servers, and what it does with one partition's trouble."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from time import time
from uuid import uuid4

import pytest
from msgspec.structs import replace

from commerce.erasures import Erasure, mark
from commerce.errors import ArchiveStalled
from commerce.kafka_events import Partition
from commerce.keys import OFFSETS
from commerce.raw import NO_TIMESTAMP, Position, RawLine, lines
from commerce.settings import RawArchiveSettings
from commerce.wire import encode
from consumers.raw_archive import handler
from consumers.raw_archive.objects import raw_object
from stores.dynamodb.ledger import Ledger, Row
from stores.s3 import erasures
from stores.s3.objects import Lake
from tests.consumers.environment import set_environment
from tests.consumers.kafka import NOON, TOPIC, Context, a_message, an_event, line_messages
from tests.metrics import published
from tests.orders import a_line
from tests.parts import S3
from tests.protocols.dynamodb import FakeDynamoDB
from tests.protocols.s3 import FakeS3
from tests.protocols.world import World
from tests.stores.servers import dynamodb_client, make_table, s3_client


@pytest.fixture
def stores() -> tuple[Ledger, Lake]:
    world = World(0)
    world.calm = True
    fake = FakeDynamoDB(world, {"offsets": (OFFSETS.partition, OFFSETS.sort)})
    return Ledger(fake, "offsets", "cluster"), Lake(FakeS3(world), "lake")  # type: ignore[arg-type]


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, dynamodb: str, s3: S3) -> Iterator[tuple[Ledger, Lake]]:
    """Stores of a platform, and the environment that its template gives the function."""
    client, lake_client, bucket = dynamodb_client(dynamodb), s3_client(s3), f"lake-{uuid4().hex}"
    lake_client.create_bucket(Bucket=bucket)
    settings = RawArchiveSettings(lake_bucket=bucket, offsets_table=make_table(client, OFFSETS), cluster="arn:cluster")
    set_environment(monkeypatch, settings, dynamodb, s3)
    handler.platform.cache_clear()
    yield Ledger(client, settings.offsets_table, settings.cluster), Lake(lake_client, bucket)
    handler.platform.cache_clear()


@pytest.mark.parts
def test_batches_with_other_borders_leave_each_message_once(deployed: tuple[Ledger, Lake]) -> None:
    ledger, lake = deployed
    messages = [a_message(offset, b'{"n":%d}' % offset) for offset in range(9)]
    other = a_message(0, None, partition=4)
    handler.handler(an_event(*messages[:4], other), Context())
    handler.handler(an_event(*messages[:7]), Context())
    handler.handler(an_event(*messages[5:]), Context())
    keys = sorted(lake.raw_keys(TOPIC))
    assert [(key.partition, key.first_offset) for key in keys] == [(0, 0), (0, 4), (0, 7), (4, 0)]
    found = [line for key in keys if key.partition == 0 for line in lines(lake.read(str(key)))]
    assert found == [RawLine(0, m.offset, m.timestamp, 1, m.key, m.value) for m in messages]
    assert ledger.rows(TOPIC) == [
        Row(TOPIC, 0, Position(1, 9, NOON + 8_000)),
        Row(TOPIC, 4, Position(1, 1, NOON)),
    ]


def test_a_batch_records_its_arrival_and_each_object_put(
    stores: tuple[Ledger, Lake], capsys: pytest.CaptureFixture[str]
) -> None:
    handler.archive(an_event(a_message(0), a_message(1)), *stores)
    arrival, filed = map(json.loads, capsys.readouterr().out.splitlines())
    assert published(arrival) == {"BatchMessages": 2, "OldestMessageAge": pytest.approx(time() - NOON / 1000, abs=60)}
    key = "raw/order-lines/epoch=0001/day=2010-12-01/partition=0/00000000000000000000.jsonl.gz"
    assert (filed["raw_object"], filed["put"], filed["count"]) == (key, True, 2)
    [size] = [len(stores[1].read(key))]
    assert published(filed) == {"MessagesFiled": 2, "BytesFiled": size}


def test_an_object_that_was_there_counts_nothing_as_filed(
    stores: tuple[Ledger, Lake], capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, lake = stores
    begin = Position(1, 0, NO_TIMESTAMP)
    ledger.advance(Row(TOPIC, 0), begin)
    lake.put_raw(raw_object(Partition(TOPIC, 0), begin, [a_message(0)]))
    handler.archive(an_event(a_message(0)), ledger, lake)
    _, adopted = map(json.loads, capsys.readouterr().out.splitlines())
    assert (adopted["put"], adopted["count"], published(adopted)) == (False, 1, {})


def test_a_batch_costs_one_read_of_the_ledger_and_two_requests_a_partition() -> None:
    world = World(0)
    world.calm = True
    fake = FakeDynamoDB(world, {"offsets": (OFFSETS.partition, OFFSETS.sort)})
    ledger, lake = Ledger(fake, "offsets", "cluster"), Lake(FakeS3(world), "lake")  # type: ignore[arg-type]
    for number in range(5):
        ledger.advance(Row(TOPIC, number), Position(1, 0, NOON))
    before = world.steps
    handler.archive(an_event(*[a_message(0, partition=number) for number in range(5)]), ledger, lake)
    assert world.steps - before == 1 + 5 * 2


def test_an_object_that_another_compressor_packed_before_is_adopted_as_it_is(stores: tuple[Ledger, Lake]) -> None:
    ledger, lake = stores
    batch, begin = [a_message(0), a_message(1)], Position(1, 0, NO_TIMESTAMP)
    ledger.advance(Row(TOPIC, 0), begin)
    ours = raw_object(Partition(TOPIC, 0), begin, batch)
    theirs = gzip.compress(gzip.decompress(ours.body), 9)
    assert theirs != ours.body
    lake.put_raw(replace(ours, body=theirs, extent=replace(ours.extent, sha256=hashlib.sha256(theirs).hexdigest())))
    handler.archive(an_event(*batch), ledger, lake)
    assert lake.read(str(ours.key)) == theirs
    assert lake.raw_keys(TOPIC) == [ours.key]
    assert ledger.rows(TOPIC) == [Row(TOPIC, 0, Position(1, 2, NOON + 1_000))]


def test_a_partition_that_stalls_holds_up_no_other_and_the_batch_fails(stores: tuple[Ledger, Lake]) -> None:
    event = an_event(a_message(7), a_message(0, partition=1), a_message(3, partition=2))
    with pytest.raises(
        ExceptionGroup, match=r"order-lines-0: the batch begins at offset 7.*; order-lines-2: "
    ) as group:
        handler.archive(event, *stores)
    assert [type(error) for error in group.value.exceptions] == [ArchiveStalled, ArchiveStalled]
    assert stores[0].rows(TOPIC) == [Row(TOPIC, 1, Position(1, 1, NOON))]


def test_an_operators_start_lets_the_stalled_partition_go_on(stores: tuple[Ledger, Lake]) -> None:
    ledger, lake = stores
    messages = a_message(7), a_message(8)
    with pytest.raises(ExceptionGroup):
        handler.archive(an_event(*messages), ledger, lake)
    ledger.record_start(TOPIC, 0, 7, after=0)
    handler.archive(an_event(*messages), ledger, lake)
    assert ledger.read(TOPIC, 0).position == Position(1, 9, NOON + 8_000)


def test_a_new_epoch_files_a_recreated_topic_beside_the_old_one(stores: tuple[Ledger, Lake]) -> None:
    ledger, lake = stores
    handler.archive(an_event(a_message(0), a_message(1)), ledger, lake)
    again = a_message(0, timestamp=NOON + 10**6)
    with pytest.raises(ExceptionGroup, match="the topic was recreated"):
        handler.archive(an_event(again), ledger, lake)
    ledger.new_epoch(TOPIC, [0], lake)
    handler.archive(an_event(again), ledger, lake)
    assert [(key.epoch, key.first_offset) for key in sorted(lake.raw_keys(TOPIC))] == [(1, 0), (2, 0)]


@pytest.mark.parts
def test_of_an_erased_line_the_mark_is_filed(deployed: tuple[Ledger, Lake]) -> None:
    _, lake = deployed
    line, other = a_line(Occurrence=1), a_line(Occurrence=2)
    erasures.put(lake, Erasure("20101201T000000Z-0000", datetime(2010, 12, 1, tzinfo=UTC), (line.LineId,)))
    handler.handler(an_event(*line_messages([line, other])), Context())
    [key] = lake.raw_keys(TOPIC)
    assert [it.value for it in lines(lake.read(str(key)))] == [mark(line.LineId), encode(other)]
