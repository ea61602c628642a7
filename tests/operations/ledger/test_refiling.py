"""`tillstream ledger refile`: messages whose raw objects were lost are filed again from the topic, once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commerce import raw
from commerce.filing import raw_object
from commerce.keys import OFFSETS
from commerce.raw import NO_TIMESTAMP, Position, RawLine
from operations.errors import Refused
from operations.ledger.checks import check_rebuild, gap_before
from operations.ledger.refiling import Refiled, Refiling
from operations.ledger.restoring import Restored, restore
from operations.reconcile.raw_chain import Gap
from stores.dynamodb.ledger import Ledger, Rebuilt, Row
from stores.s3.objects import Lake
from tests.protocols.dynamodb import FakeDynamoDB
from tests.protocols.s3 import FakeS3
from tests.protocols.world import World

TOPIC = "orders"
FIRST, SECOND, THIRD = (0, 4), (4, 7), (7, 10)
"""The objects of partition 0: each from its first offset to before its end."""


def line(offset: int, later: int = 0) -> RawLine:
    return RawLine(0, offset, 1_291_204_800_000 + offset + later, 1, b"k", b'{"n":%d}' % offset)


@dataclass
class OneTopic:
    """A topic of one partition, of whose messages the group has committed those before `committed`."""

    lines: list[RawLine]
    committed_offset: int
    start: int = 0
    name: str = TOPIC

    def partitions(self) -> list[int]:
        return [0]

    def bounds(self, partition: int) -> tuple[int, int]:
        return self.start, self.lines[-1].offset + 1

    def committed_by(self, group: str) -> dict[int, int]:
        return {0: self.committed_offset}

    def read(self, partition: int, start: int, end: int) -> Iterator[RawLine]:
        return iter([it for it in self.lines if max(start, self.start) <= it.offset < end])


@dataclass
class Archive:
    """Ten messages of a topic, filed in three objects, and two that the archive has not read."""

    topic: OneTopic = field(default_factory=lambda: OneTopic([line(offset) for offset in range(12)], 10))
    s3: FakeS3 = field(default_factory=lambda: FakeS3(calm()))
    keys: dict[tuple[int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        dynamodb: Any = FakeDynamoDB(calm(), {"offsets": (OFFSETS.partition, OFFSETS.sort)})
        self.ledger = Ledger(dynamodb, "offsets", "cluster")
        self.lake = Lake(self.s3, "lake")  # type: ignore[arg-type]
        position = Position(1, 0, NO_TIMESTAMP)
        for first, end in (FIRST, SECOND, THIRD):
            made = raw_object(TOPIC, 0, position, self.topic.lines[first:end])
            self.lake.put_raw(made)
            self.keys[first, end] = str(made.key)
            position = Position(1, end, made.extent.greatest_timestamp)
        self.ledger.advance(Row(TOPIC, 0), position)
        self.whole = position

    def lose(self, *objects: tuple[int, int], rebuilt: bool = False) -> None:
        """Lose these objects; `rebuilt` lowers the ledger's row to the end of the others, as it once was possible."""
        for span in objects:
            del self.s3.objects[self.keys[span]]
        if rebuilt:
            self.ledger.rebuild(self.ledger.rebuilds(TOPIC, self.lake))

    def refile(self) -> list[Refiled]:
        topic: Any = self.topic
        return Refiling(self.ledger, self.lake, topic, "raw-archive", map).run()

    def filed(self) -> list[int]:
        """The offsets of all objects, in order."""
        return sorted(it.offset for stored in self.s3.objects.values() for it in raw.lines(stored["Body"]))

    @property
    def position(self) -> Position | None:
        return self.ledger.read(TOPIC, 0).position


def calm() -> World:
    world = World(0)
    world.calm = True
    return world


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.mark.parametrize("rebuilt", [False, True])
@pytest.mark.parametrize(
    "lost", [(FIRST,), (SECOND,), (THIRD,), (FIRST, THIRD), (SECOND, THIRD), (FIRST, SECOND, THIRD)]
)
def test_what_was_lost_is_filed_again_once_and_the_archive_goes_on_where_it_was(
    archive: Archive, lost: tuple[tuple[int, int], ...], rebuilt: bool
) -> None:
    archive.lose(*lost, rebuilt=rebuilt)
    assert archive.refile() == [Refiled(0, sum(end - first for first, end in lost), [])]
    assert (archive.filed(), archive.position) == (list(range(10)), archive.whole)
    assert archive.refile() == [Refiled(0, 0, [])]


def test_the_same_object_comes_back_byte_by_byte(archive: Archive) -> None:
    def stored() -> dict[str, dict[str, Any]]:
        return {key: {**it, "LastModified": None} for key, it in archive.s3.objects.items()}

    before = stored()
    archive.lose(SECOND)
    archive.refile()
    assert stored() == before


def test_what_the_topic_has_let_go_of_is_named_and_the_rest_is_filed_again(archive: Archive) -> None:
    archive.lose(FIRST, THIRD, rebuilt=True)
    archive.topic.start = 8
    assert archive.refile() == [Refiled(0, 2, [Gap(1, 0, 0, 4), Gap(1, 0, 7, 8)])]
    assert (archive.filed(), archive.position) == ([4, 5, 6, 8, 9], archive.whole)


def test_what_the_topic_lets_go_of_while_it_is_read_is_named_too(archive: Archive) -> None:
    archive.lose(FIRST, THIRD, rebuilt=True)
    read = archive.topic.read

    def late(partition: int, start: int, end: int) -> Iterator[RawLine]:
        archive.topic.start = 2 if start == 0 else 9
        return read(partition, start, end)

    archive.topic.read = late  # type: ignore[method-assign]
    assert archive.refile() == [Refiled(0, 3, [Gap(1, 0, 0, 2), Gap(1, 0, 7, 9)])]
    assert (archive.filed(), archive.position) == ([2, 3, 4, 5, 6, 9], archive.whole)


def test_a_partial_copy_is_put_back_with_the_greatest_timestamp_of_what_only_the_bucket_holds(
    archive: Archive, tmp_path: Path
) -> None:
    late = [msgspec.structs.replace(it, timestamp=it.timestamp + 1_000) for it in archive.topic.lines[10:11]]
    extents: list[raw.Extent] = []
    for lines in (late, archive.topic.lines[11:12]):  # the clock of the broker went back between them
        made = raw_object(TOPIC, 0, msgspec.structs.replace(archive.whole, next_offset=lines[0].offset), lines)
        greatest = max([archive.whole.greatest_timestamp, *(it.greatest_timestamp for it in extents)])
        extents.append(msgspec.structs.replace(made.extent, greatest_timestamp=max(greatest, lines[0].timestamp)))
        archive.lake.put_raw(msgspec.structs.replace(made, extent=extents[-1]))
    key = str(made.key)
    copy = tmp_path / key
    copy.parent.mkdir(parents=True)
    copy.write_bytes(archive.s3.objects.pop(key)["Body"])
    assert restore(tmp_path, TOPIC, archive.lake) == Restored(1, 0)
    assert archive.lake.extent(key) == extents[-1]


def test_what_expired_before_it_was_filed_is_named(archive: Archive) -> None:
    archive.topic.start = 11
    assert archive.refile() == [Refiled(0, 0, [Gap(1, 0, 10, 11)])]


def test_what_an_operator_gave_up_is_neither_filed_nor_named(archive: Archive) -> None:
    archive.lose(FIRST)
    archive.topic.start = 2
    (refiled,) = archive.refile()
    assert [(gap.first, gap.end) for gap in refiled.gone] == [(0, 2)]
    archive.ledger.give_up(TOPIC, 0, 0, 2)
    assert archive.refile() == [Refiled(0, 0, [])]
    archive.topic.start = 0
    assert archive.refile() == [Refiled(0, 0, [])]


def test_offsets_that_the_topic_never_had_are_no_loss(archive: Archive) -> None:
    archive.lose(SECOND)
    archive.topic.lines = [it for it in archive.topic.lines if it.offset not in (4, 5, 6)]
    assert archive.refile() == [Refiled(0, 0, [])]


def test_a_command_that_was_killed_before_it_moved_the_ledger_is_finished_by_the_next(archive: Archive) -> None:
    archive.lose(THIRD, rebuilt=True)
    archive.lake.put_raw(raw_object(TOPIC, 0, Position(1, 7, NO_TIMESTAMP), archive.topic.lines[7:10]))
    assert archive.refile() == [Refiled(0, 0, [])]
    assert (archive.filed(), archive.position) == (list(range(10)), archive.whole)


def test_another_writer_that_was_first_is_followed(archive: Archive) -> None:
    archive.lose(SECOND, THIRD, rebuilt=True)
    winner = raw_object(TOPIC, 0, Position(1, 4, NO_TIMESTAMP), archive.topic.lines[4:6])
    put = archive.s3.put_object

    def late(**request: Any) -> dict[str, Any]:
        archive.s3.put_object = put  # type: ignore[method-assign]
        archive.lake.put_raw(winner)
        return put(**request)

    archive.s3.put_object = late  # type: ignore[method-assign]
    archive.refile()
    assert (archive.filed(), archive.position) == (list(range(10)), archive.whole)


def recreate_longer(topic: OneTopic) -> None:
    topic.lines = [line(offset, later=3_600_000) for offset in range(12)]


def recreate_by_a_slow_clock(topic: OneTopic) -> None:
    topic.lines = [line(offset, later=-100) for offset in range(12)]


def recreate_shorter(topic: OneTopic) -> None:
    topic.lines = [line(offset) for offset in range(9)]


@pytest.mark.parametrize("lost", [FIRST, SECOND, THIRD])
@pytest.mark.parametrize("recreate", [recreate_longer, recreate_by_a_slow_clock, recreate_shorter])
def test_nothing_is_filed_again_from_a_topic_that_was_made_anew(
    archive: Archive, lost: tuple[int, int], recreate: Any
) -> None:
    archive.lose(lost)
    recreate(archive.topic)
    left = archive.filed()
    with pytest.raises(Refused, match=r"partition 0 of the topic is not the one that was filed.*topic-recreated\.md"):
        archive.refile()
    assert archive.filed() == left


def test_messages_newer_than_all_that_was_filed_there_are_of_another_topic(archive: Archive) -> None:
    archive.lose(FIRST)
    archive.topic.lines[:4] = [line(offset, later=3_600_000) for offset in range(4)]
    with pytest.raises(Refused, match=r"its offset 0 is newer \(1291208400000\) than all that was filed there"):
        archive.refile()


@pytest.mark.parametrize(
    ("was", "committed", "to"),
    [
        (Position(1, 10, 5), {0: 10}, Position(1, 7, 4)),
        (None, {0: 10}, Position(1, 7, 4)),
        (Position(1, 10, 5), None, Position(1, 7, 4)),
    ],
)
def test_a_row_does_not_go_back_to_before_what_was_filed(
    was: Position | None, committed: dict[int, int] | None, to: Position
) -> None:
    with pytest.raises(Refused, match=r"partition 0 end before offset 7, and the archive has filed up to 10"):
        check_rebuild([Rebuilt(Row(TOPIC, 0, was), to)], committed)


@pytest.mark.parametrize(
    ("was", "committed", "to"),
    [
        (Position(1, 4, 5), {0: 10}, Position(1, 10, 9)),  # restored to an earlier time
        (None, {0: 10}, Position(1, 10, 9)),
        (None, None, Position(1, 10, 9)),
        (Position(1, 40, 5), {0: 7}, Position(1, 7, 4)),  # a row that is ahead of what the group has read
        (Position(1, 40, 5), {0: -1}, Position(2, 0, NO_TIMESTAMP)),  # another topic
        (Position(1, 40, 5), None, Position(2, 0, NO_TIMESTAMP)),
    ],
)
def test_a_row_is_rebuilt_where_the_objects_hold_all_that_was_read(
    was: Position | None, committed: dict[int, int] | None, to: Position
) -> None:
    check_rebuild([Rebuilt(Row(TOPIC, 0, was), to)], committed)


def test_only_what_is_gone_for_good_is_given_up(archive: Archive) -> None:
    archive.lose(FIRST)
    archive.topic.start = 2
    topic: Any = archive.topic
    surveys = list(Refiling(archive.ledger, archive.lake, topic, "raw-archive", map).surveys())
    assert gap_before(2, 0, surveys) == Gap(1, 0, 0, 2)
    with pytest.raises(Refused, match="the archive is past offset 4 already"):
        gap_before(4, 0, surveys)


def test_a_hole_among_messages_that_were_filed_before_the_epoch_began_is_filed_once(archive: Archive) -> None:
    archive.ledger.new_epoch(TOPIC, [0], archive.lake)
    archive.lose(SECOND)
    assert [it.messages for it in archive.refile()] == [SECOND[1] - SECOND[0]]
    assert archive.refile() == [Refiled(0, 0, [])]
    assert archive.filed() == list(range(10))


def test_messages_of_this_topic_that_were_filed_before_its_epoch_began_are_not_filed_twice(archive: Archive) -> None:
    for row in archive.ledger.new_epoch(TOPIC, [0], archive.lake):
        assert row.position == Position(2, 0, NO_TIMESTAMP)
    assert archive.refile() == [Refiled(0, 0, [])]
    assert archive.filed() == list(range(10))
    assert archive.position == Position(2, 10, archive.whole.greatest_timestamp)
