"""Each step of the chain: what is left to file, where the partition stands afterwards, and when it stops."""

import pytest

from commerce.errors import ArchiveStalled
from commerce.filing import position_after
from commerce.kafka_events import CREATE_TIME, Message, Partition
from commerce.raw import NO_TIMESTAMP, Extent, Position
from consumers.raw_archive.chain import unfiled
from consumers.raw_archive.objects import raw_object
from tests.consumers.kafka import NOON, TOPIC, a_message


def batch(*offsets: int) -> list[Message]:
    return [a_message(offset) for offset in offsets]


def filed_before(offset: int) -> Position:
    """All messages before this offset are filed, with the timestamps that `a_message` gives them."""
    return Position(1, offset, NOON + (offset - 1) * 1_000 if offset else NO_TIMESTAMP)


@pytest.mark.parametrize(
    ("offsets", "next_offset", "left"),
    [
        ((0, 1, 2), 0, (0, 1, 2)),
        ((5, 6, 7), 6, (6, 7)),
        ((5, 6, 7), 8, ()),
        ((5, 6, 7), 99, ()),
        ((5, 6, 9, 11), 7, (9, 11)),  # a gap inside a batch is legal
        ((5, 8), 6, (8,)),
    ],
)
def test_what_lies_before_the_ledger_is_dropped(
    offsets: tuple[int, ...], next_offset: int, left: tuple[int, ...]
) -> None:
    assert unfiled(batch(*offsets), filed_before(next_offset), None) == batch(*left)


@pytest.mark.parametrize("recorded", [None, 6, 8])
def test_a_batch_that_begins_above_the_ledger_stalls(recorded: int | None) -> None:
    told = "begins at offset 7, but what is filed ends before 5: `tillstream ledger refile` files the 2 offsets"
    with pytest.raises(ArchiveStalled, match=told):
        unfiled(batch(7, 8), filed_before(5), recorded)


def test_a_recorded_start_lets_a_batch_begin_there() -> None:
    assert unfiled(batch(7, 8), filed_before(5), 7) == batch(7, 8)


def test_a_recorded_start_that_is_passed_changes_nothing() -> None:
    assert unfiled(batch(7, 8), filed_before(8), 3) == batch(8)


def test_a_message_that_was_filed_but_is_newer_tells_of_a_recreated_topic() -> None:
    old = Position(1, 50, NOON)
    assert unfiled([a_message(3, timestamp=NOON)], old, None) == []
    with pytest.raises(ArchiveStalled, match=r"recreated: offset 4 is before 50.*`tillstream ledger new-epoch`"):
        unfiled([a_message(3, timestamp=NOON), a_message(4, timestamp=NOON + 1)], old, None)


def test_a_timestamp_of_a_sender_stalls() -> None:
    with pytest.raises(ArchiveStalled, match=r"offset 1 is dated by CREATE_TIME.*LogAppendTime"):
        unfiled([a_message(0), a_message(1, timestamp_type=CREATE_TIME)], filed_before(0), None)


def test_the_end_of_what_was_put_is_where_the_partition_stands() -> None:
    ours = raw_object(Partition(TOPIC, 0), filed_before(5), batch(5, 6))
    assert position_after(ours, None) == filed_before(7)


def test_the_end_of_a_winner_is_adopted() -> None:
    ours = raw_object(Partition(TOPIC, 0), filed_before(5), batch(5, 6))
    winner = Extent(9, 4, "sha", ours.extent.first_timestamp, NOON + 8_000)
    assert position_after(ours, winner) == filed_before(9)


def test_a_winner_that_begins_with_another_message_tells_of_a_recreated_topic() -> None:
    ours = raw_object(Partition(TOPIC, 0), filed_before(5), batch(5, 6))
    with pytest.raises(ArchiveStalled, match="recreated: raw/order-lines/epoch=0001/.*begins with a message of 7"):
        position_after(ours, Extent(9, 4, "sha", 7, NOON))
