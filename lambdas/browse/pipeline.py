"""The state of the pipeline: how far each store is, and which consumers stand still."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from commerce.batches.records import Manifest

STALLED_AFTER: Final = timedelta(minutes=3)
"""A consumer whose oldest unread message is older than this stands still: three times the archive's longest wait."""


DELIVERIES: Final = "deliveries"
LINES: Final = "lines"


class ConsumerState(StrEnum):
    """The state of a consumer group."""

    OK = "ok"
    BEHIND = "behind"
    STALLED = "stalled"
    """Its oldest unread message has waited for longer than `STALLED_AFTER`."""
    STOPPED = "stopped"
    """Nobody polls as this group."""


class PartitionBounds(msgspec.Struct, frozen=True):
    """A partition's first offset, and the offset of its next message."""

    partition: int
    start: int
    end: int


class TopicState(msgspec.Struct, frozen=True):
    """The topic: `messages` were published since its beginning; `newest_at` is null while it is empty."""

    name: str
    messages: int
    newest_at: datetime | None
    partitions: Sequence[PartitionBounds]


class Place(msgspec.Struct, frozen=True):
    """A message's place in the topic."""

    partition: int
    offset: int


class Consumer(msgspec.Struct, frozen=True):
    """A consumer group: the messages that it has not read, the time of the oldest of them, and who polls.

    `unread` is the first of these messages in each partition that has any. The number of members is null while not all
    brokers answer.
    """

    name: str
    group: str
    behind: int
    oldest_at: datetime | None
    members: int | None
    state: ConsumerState
    unread: Sequence[Place]


class StoreCount(msgspec.Struct, frozen=True):
    """The content of a store: `kind` is `deliveries`, where a row that came twice stands twice, or `lines`.

    The count is null where it is not known. That of a DynamoDB table is its own, which AWS updates about every six
    hours; that of the lake is as of its newest batch, and that of the warehouse lacks what is not loaded yet.
    """

    name: str
    kind: str
    count: int | None


class NewFile(msgspec.Struct, frozen=True):
    """The newest raw object of a partition."""

    key: str
    bytes: int
    at: datetime


class Job(msgspec.Struct, frozen=True):
    """A job's newest finished batch, and the number of batches that a load still lacks; null before the first."""

    name: str
    last_batch: str | None
    at: datetime | None
    lines: int | None
    waiting: int | None


class QuarantineCount(msgspec.Struct, frozen=True):
    """The records in quarantine, and the decisions about them.

    Both are least numbers unless the count is `complete`.
    """

    records: int
    decisions: int
    complete: bool


class VerdictLine(msgspec.Struct, frozen=True):
    """The outcome of the last published reconciliation: `holds`, `lost` or `due`."""

    outcome: str
    at: datetime
    sentence: str


class Pipeline(msgspec.Struct, frozen=True):
    """The state of the whole pipeline at one moment. Times are UTC."""

    at: datetime
    topic: TopicState
    consumers: Sequence[Consumer]
    stores: Sequence[StoreCount]
    files: Sequence[NewFile]
    jobs: Sequence[Job]
    quarantine: QuarantineCount
    verdict: VerdictLine | None


def unread(bounds: Iterable[PartitionBounds], committed: Mapping[int, int]) -> dict[int, int]:
    """The first unread offset of each partition that has unread messages.

    A group that has committed nothing in a partition begins at its start.

    >>> unread([PartitionBounds(0, 5, 9), PartitionBounds(1, 0, 7)], {0: -1, 1: 7})
    {0: 5}
    """
    first = {it.partition: max(it.start, committed.get(it.partition, it.start)) for it in bounds}
    return {it.partition: first[it.partition] for it in bounds if first[it.partition] < it.end}


def consumer(
    name: str, group: str, bounds: Sequence[PartitionBounds], first: Mapping[int, int], *,
    oldest: datetime | None, members: int | None, now: datetime,
) -> Consumer:  # fmt: skip
    """The state of a group whose first unread offsets are these; `oldest` is the time of its oldest unread message."""
    behind = sum(it.end - first[it.partition] for it in bounds if it.partition in first)
    if members == 0:
        state = ConsumerState.STOPPED
    elif behind and oldest and now - oldest > STALLED_AFTER:
        state = ConsumerState.STALLED
    else:
        state = ConsumerState.BEHIND if behind else ConsumerState.OK
    places = [Place(partition, offset) for partition, offset in sorted(first.items())]
    return Consumer(name, group, behind, oldest, members, state, places)


def lines_total(batches: Iterable[Manifest]) -> int | None:
    """The lake's lines by the newest of these batches that appended any, oldest first; 0 before the first batch.

    None where a batch of an earlier version did not say it, or all of these appended nothing.
    """
    batches = list(batches)
    appended = [it for it in batches if it.snapshot_id is not None]
    return appended[-1].lines_total if appended else None if batches else 0
