"""Files messages again whose raw objects were lost, while the topic still holds them.

It is one more writer of the archive: each object is put under the key of its first message unless the key is taken, and
then the winner's end is adopted. So it may run beside the archive, be killed anywhere, and be run again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar

import msgspec

from commerce.erasures import NOTHING, as_kept
from commerce.filing import position_after, raw_object
from commerce.paths import RawKey
from commerce.raw import NO_TIMESTAMP, Extent, Position, RawLine, greatest_epoch
from operations.asking import in_order
from operations.errors import Refused
from operations.reconcile.raw_chain import Gap, without
from operations.topic import Topic
from stores.dynamodb.ledger import Ledger, Row
from stores.s3.objects import Lake


class Held(msgspec.Struct, frozen=True):
    """A raw object that is there: its key and its extent."""

    key: RawKey
    extent: Extent


class Survey(msgspec.Struct, frozen=True):
    """The objects of a partition in the topic's epoch, and the offsets that none of them holds although it should.

    `gone` are those of them that the topic does not hold any more. What an operator gave up is in neither.
    """

    row: Row
    epoch: int
    objects: Sequence[Held]
    gaps: Sequence[Gap]
    gone: Sequence[Gap]
    topic_start: int


class Refiled(msgspec.Struct, frozen=True):
    """The number of messages of a partition that were filed again, and the offsets that are gone for good."""

    partition: int
    messages: int
    gone: Sequence[Gap]


class Filled(msgspec.Struct, frozen=True):
    """The position after a gap's last message that was filed, how many were, and the offsets that were not read."""

    position: Position
    messages: int
    unread: Sequence[Gap]


class Refiling:
    """Files the lost messages of a topic again; `group` is the archive's consumer group.

    `each` applies a function to values, by default many at once. Of `erased` lines marks are filed.
    """

    MESSAGES_OF_AN_OBJECT: ClassVar = 10_000

    def __init__(
        self, ledger: Ledger, lake: Lake, topic: Topic, group: str,
        each: Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]] = in_order,
        erased: Collection[str] = NOTHING,
    ) -> None:  # fmt: skip
        self._ledger, self._lake, self._topic, self._group, self._each = ledger, lake, topic, group, each
        self._erased = erased

    def run(self) -> list[Refiled]:
        """File what the topic still holds, and let the ledger stand where the objects end; says what is gone."""
        return [self._refiled(survey) for survey in self.surveys()]

    def surveys(self) -> Iterator[Survey]:
        """Look at every partition of the topic; raises `Refused` where the topic cannot be the one that was filed."""
        name, partitions = self._topic.name, self._topic.partitions()
        # before the objects are listed: they may be ahead of ledger and group, and never behind
        rows = {row.partition: row for row in self._ledger.rows(name)}
        committed = self._topic.committed_by(self._group)
        keys = self._lake.raw_keys(name)
        epoch = greatest_epoch((row.position for row in rows.values() if row.position), keys)
        for partition in partitions:
            filed = sorted(key for key in keys if key.partition == partition)
            of_epoch = [key for key in filed if key.epoch == epoch]
            # by their offsets: an earlier run filed holes of the older epoch's objects under this one
            of_topic = sorted([*self._of_this_topic(filed, epoch), *of_epoch], key=lambda key: key.first_offset)
            objects = [Held(*found) for found in zip(of_topic, self._each(self._extent, of_topic), strict=True)]
            row = rows.get(partition, Row(name, partition))
            yield self._survey(row, epoch, objects, committed[partition])

    def _of_this_topic(self, filed: Sequence[RawKey], epoch: int) -> list[RawKey]:
        """The objects of a partition that hold messages of this topic, filed before its epoch was begun.

        The archive files them where nothing of the old topic was filed, so either all objects of that epoch do or none.
        """
        older = max((key.epoch for key in filed if key.epoch < epoch), default=0)
        of_older = [key for key in filed if key.epoch == older]
        if not of_older:
            return []
        last = of_older[-1]
        message = next(self._topic.read(last.partition, last.first_offset, last.first_offset + 1), None)
        is_same = message is not None and message.timestamp == self._extent(last).first_timestamp
        return of_older if is_same else []

    def _extent(self, key: RawKey) -> Extent:
        return self._lake.extent(str(key))

    def _survey(self, row: Row, epoch: int, objects: Sequence[Held], committed: int) -> Survey:
        start, end = self._topic.bounds(row.partition)
        by_ledger = row.position.next_offset if row.position and row.position.epoch == epoch else 0
        filed_to = max(by_ledger, committed)
        if filed_to > end:
            raise _recreated(row.partition, f"it ends before offset {end:,}, and was filed before {filed_to:,}")
        holes = gaps(epoch, row.partition, objects, max(filed_to, start))
        found = [part for gap in holes for part in without(gap, row.given_up)]
        if found:
            self._check_neighbours(row.partition, objects, found)
        gone = [Gap(epoch, row.partition, gap.first, min(gap.end, start)) for gap in found if gap.first < start]
        return Survey(row, epoch, objects, found, gone, start)

    def _check_neighbours(self, partition: int, objects: Sequence[Held], found: Sequence[Gap]) -> None:
        """Raise `Refused` if the topic has another message where an object beside a gap begins."""
        borders = {offset for gap in found for offset in (gap.first, gap.end)}
        for held in objects:
            first = held.key.first_offset
            if not borders & {first, held.extent.next_offset}:
                continue
            message = next(self._topic.read(partition, first, first + 1), None)
            if message is not None and message.timestamp != held.extent.first_timestamp:
                raise _recreated(partition, f"its offset {first:,} is another message than the one in {held.key}")

    def _refiled(self, survey: Survey) -> Refiled:
        fills = [self._fill(gap, survey) for gap in survey.gaps]
        ends = [Position(survey.epoch, it.extent.next_offset, it.extent.greatest_timestamp) for it in survey.objects]
        ends += [fill.position for fill in fills if fill.messages]
        if ends:  # of a run that was killed before it came to this, too
            self._move(survey.row, max(ends, key=_place))
        start, _ = self._topic.bounds(survey.row.partition)  # the topic may have let go of some meanwhile
        gone = [Gap(it.epoch, it.partition, it.first, min(it.end, start)) for fill in fills for it in fill.unread]
        return Refiled(
            survey.row.partition, sum(fill.messages for fill in fills), [it for it in gone if it.first < start]
        )

    def _fill(self, gap: Gap, survey: Survey) -> Filled:
        """File the messages of a gap that the topic holds."""
        before = [held.extent.greatest_timestamp for held in survey.objects if held.key.first_offset < gap.first]
        position = Position(gap.epoch, gap.first, before[-1] if before else NO_TIMESTAMP)
        newest = newest_of(gap, survey)
        lines = self._topic.read(gap.partition, max(gap.first, survey.topic_start), gap.end)
        messages, reached, unread = 0, gap.first, []
        while chunk := list(islice(lines, self.MESSAGES_OF_AN_OBJECT)):
            _check_age(chunk, newest)
            for line in chunk:
                if line.offset > reached:
                    unread.append(Gap(gap.epoch, gap.partition, reached, line.offset))
                reached = line.offset + 1
            while left := [line for line in chunk if line.offset >= position.next_offset]:
                kept = [as_kept(line, self._erased) for line in left]
                ours = raw_object(self._topic.name, gap.partition, position, kept)
                winner = self._lake.put_raw(ours)
                position = position_after(ours, winner)
                messages += (winner or ours.extent).count
        if gap.end > reached:
            unread.append(Gap(gap.epoch, gap.partition, reached, gap.end))
        return Filled(position, messages, unread)

    def _move(self, row: Row, position: Position) -> None:
        """Let the ledger stand at this position, unless it is past it."""
        while row.position is None or _place(row.position) < _place(position):
            self._ledger.advance(row, position)
            row = self._ledger.read(row.topic, row.partition)


def gaps(epoch: int, partition: int, objects: Iterable[Held], filed_to: int) -> list[Gap]:
    """The offsets before `filed_to`, and between objects, that no object holds. The objects are in order."""
    found, reached = [], 0
    for first, end in [*((held.key.first_offset, held.extent.next_offset) for held in objects), (filed_to, filed_to)]:
        if first > reached:
            found.append(Gap(epoch, partition, reached, first))
        reached = max(reached, end)
    return found


def newest_of(gap: Gap, survey: Survey) -> int | None:
    """The timestamp that no message of the gap can exceed, if the ledger or a later object tells it."""
    position = survey.row.position
    if position and position.epoch == gap.epoch and position.next_offset >= gap.end:
        return position.greatest_timestamp
    after = [held.extent.greatest_timestamp for held in survey.objects if held.key.first_offset >= gap.end]
    return after[0] if after else None


def _check_age(lines: Sequence[RawLine], newest: int | None) -> None:
    for line in lines:
        if newest is not None and line.timestamp > newest:
            raise _recreated(
                line.partition, f"its offset {line.offset:,} is newer ({line.timestamp}) than all that was filed there"
            )


def _place(position: Position) -> tuple[int, int]:
    return position.epoch, position.next_offset


def _recreated(partition: int, how: str) -> Refused:
    return Refused(
        f"partition {partition} of the topic is not the one that was filed: {how}. The topic was made anew, so nothing "
        "is filed again from it: see docs/runbook/topic-recreated.md"
    )
