"""How rows of the ledger move, and what an operator can do with them."""

import pytest

from commerce.errors import ArchiveStalled
from commerce.paths import RawKey
from commerce.raw import NO_TIMESTAMP, Extent, Position, RawObject
from stores.dynamodb.ledger import Ledger, Rebuilt, Row
from stores.s3.objects import Lake

TOPIC = "order-lines"
FILED = Position(1, 10, 1_000)


def file(lake: Lake, partition: int, first: int, end: int, epoch: int = 1, greatest: int = 1_000) -> None:
    key = RawKey(TOPIC, partition, epoch, first, "2010-12-01")
    lake.put_raw(RawObject(key, b"", Extent(end, 1, "", 0, greatest)))


def at(ledger: Ledger, partition: int, position: Position) -> Row:
    assert ledger.advance(Row(TOPIC, partition), position)
    return Row(TOPIC, partition, position)


def test_a_partition_that_was_never_filed_has_no_position(ledger: Ledger) -> None:
    assert ledger.read(TOPIC, 0) == Row(TOPIC, 0)


def test_many_rows_are_read_at_once_in_the_order_asked_for(ledger: Ledger) -> None:
    at(ledger, 150, FILED)
    ledger.advance(Row("others", 3), Position(2, 5, 7))
    asked = [(TOPIC, number) for number in reversed(range(151))] + [("others", 3)]
    assert ledger.read_all(asked) == [
        Row(TOPIC, 150, FILED),
        *[Row(TOPIC, number) for number in reversed(range(150))],
        Row("others", 3, Position(2, 5, 7)),
    ]


def test_a_row_begins_once(ledger: Ledger) -> None:
    assert ledger.advance(Row(TOPIC, 0), FILED)
    assert not ledger.advance(Row(TOPIC, 0), Position(1, 5, 0))
    assert ledger.read(TOPIC, 0) == Row(TOPIC, 0, FILED)


@pytest.mark.parametrize("seen", [Position(1, 9, 1_000), Position(2, 10, 1_000), Position(1, 10, 999)])
def test_a_row_moves_only_from_where_it_was_seen(ledger: Ledger, seen: Position) -> None:
    row = at(ledger, 0, FILED)
    assert not ledger.advance(Row(TOPIC, 0, seen), Position(1, 99, 1_000))
    assert ledger.advance(row, Position(1, 20, 2_000))
    assert ledger.read(TOPIC, 0) == Row(TOPIC, 0, Position(1, 20, 2_000))


def test_the_rows_of_a_topic_come_by_partition_without_those_of_others(ledger: Ledger) -> None:
    for topic, partition in ((TOPIC, 10), (TOPIC, 2), ("order-lines-2", 0), ("order", 1)):
        ledger.advance(Row(topic, partition), FILED)
    assert ledger.rows(TOPIC) == [Row(TOPIC, 2, FILED), Row(TOPIC, 10, FILED)]


def test_a_recorded_start_stays_beside_the_position_as_it_moves(ledger: Ledger) -> None:
    assert ledger.record_start(TOPIC, 0, 7, after=0) == Row(TOPIC, 0, None, 7, ((0, 7),))
    assert ledger.advance(Row(TOPIC, 0), FILED)
    assert ledger.record_start(TOPIC, 0, 50, after=10) == Row(TOPIC, 0, FILED, 50, ((0, 7), (10, 50)))
    assert ledger.advance(Row(TOPIC, 0, FILED), Position(1, 20, 2_000))
    assert ledger.rows(TOPIC) == [Row(TOPIC, 0, Position(1, 20, 2_000), 50, ((0, 7), (10, 50)))]


def test_offsets_that_were_filed_and_are_gone_can_be_given_up_twice_and_keep_the_start(ledger: Ledger) -> None:
    at(ledger, 0, FILED)
    ledger.record_start(TOPIC, 0, 50, after=10)
    for _ in range(2):
        assert ledger.give_up(TOPIC, 0, 2, 6) == Row(TOPIC, 0, FILED, 50, ((2, 6), (10, 50)))


def test_a_start_that_would_allow_nothing_is_refused(ledger: Ledger) -> None:
    at(ledger, 0, FILED)
    with pytest.raises(ArchiveStalled, match=r"order-lines-0: the archive goes on at offset 10 already"):
        ledger.record_start(TOPIC, 0, 10, after=0)


def test_a_new_epoch_begins_for_every_partition_at_zero(ledger: Ledger, lake: Lake) -> None:
    at(ledger, 0, FILED)
    at(ledger, 4, FILED)
    ledger.record_start(TOPIC, 1, 7, after=0)
    begun = Position(2, 0, NO_TIMESTAMP)
    assert ledger.new_epoch(TOPIC, range(3), lake) == [Row(TOPIC, number, begun) for number in (0, 1, 2, 4)]


def test_a_new_epoch_is_later_than_any_object(ledger: Ledger, lake: Lake) -> None:
    file(lake, 0, 0, 10, epoch=3)
    assert ledger.new_epoch(TOPIC, range(1), lake) == [Row(TOPIC, 0, Position(4, 0, NO_TIMESTAMP))]


def test_an_epoch_does_not_begin_for_more_partitions_than_move_at_once(ledger: Ledger, lake: Lake) -> None:
    with pytest.raises(ArchiveStalled, match="101 partitions"):
        ledger.new_epoch(TOPIC, range(101), lake)


def test_a_partition_without_a_row_stands_at_the_end_of_its_objects(ledger: Ledger, lake: Lake) -> None:
    file(lake, 0, 0, 10)
    file(lake, 0, 10, 25, greatest=3_000)
    file(lake, 1, 0, 99)
    assert ledger.position_without_row(TOPIC, 0, lake) == Position(1, 25, 3_000)


def test_a_partition_without_row_and_objects_stands_at_zero_of_the_topics_epoch(ledger: Ledger, lake: Lake) -> None:
    assert ledger.position_without_row(TOPIC, 0, lake) == Position(1, 0, NO_TIMESTAMP)
    file(lake, 0, 0, 10, epoch=1)
    file(lake, 1, 0, 10, epoch=2)
    assert ledger.position_without_row(TOPIC, 0, lake) == Position(2, 0, NO_TIMESTAMP)
    at(ledger, 2, Position(3, 5, 0))
    assert ledger.position_without_row(TOPIC, 0, lake) == Position(3, 0, NO_TIMESTAMP)


def test_rows_are_rebuilt_from_the_objects_alone(ledger: Ledger, lake: Lake) -> None:
    file(lake, 0, 0, 10)
    file(lake, 0, 10, 25)
    file(lake, 1, 0, 10)
    file(lake, 3, 0, 10)
    behind, right, ahead = at(ledger, 0, Position(1, 10, 900)), at(ledger, 1, FILED), at(ledger, 3, Position(1, 40, 1))
    at(ledger, 4, FILED)
    changes = ledger.rebuilds(TOPIC, lake)
    assert changes == [Rebuilt(behind, Position(1, 25, 1_000)), Rebuilt(ahead, FILED)]
    ledger.rebuild(changes)
    assert [row.position for row in ledger.rows(TOPIC)] == [Position(1, 25, 1_000), right.position, FILED, FILED]
    assert ledger.rebuilds(TOPIC, lake) == []
    with pytest.raises(ArchiveStalled, match="order-lines-0: its row moved during the rebuild: rebuild again"):
        ledger.rebuild(changes)


def test_a_lost_ledger_is_rebuilt_in_the_greatest_epoch(ledger: Ledger, lake: Lake) -> None:
    file(lake, 0, 0, 10, epoch=1)
    file(lake, 1, 0, 5, epoch=2)
    ledger.rebuild(ledger.rebuilds(TOPIC, lake))
    assert [row.position for row in ledger.rows(TOPIC)] == [Position(2, 0, NO_TIMESTAMP), Position(2, 5, 1_000)]
