"""Reads topic and raw files side by side, partition by partition, with no more than two objects of each in memory."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from commerce.paths import RawKey
from commerce.raw import RawLine, greatest_epoch
from operations.bucket import Bucket
from operations.reconcile.deliveries import Stream
from operations.reconcile.findings import Findings
from operations.reconcile.pairs import pairs
from operations.reconcile.raw_chain import Chain, Gap, unaccounted
from operations.topic import Topic
from stores.dynamodb.ledger import Row

Bounds = Mapping[int, tuple[int, int]]
"""First offset and end of each partition when the reconciliation began."""

_ASKED_AGAIN: Final = 100
"""How many times a partition is read again for an offset that it does not return."""


@dataclass(slots=True)
class Archive:
    """Faults and gaps of the raw objects; the gaps that are explained or cannot be judged are kept apart."""

    epoch: int = 1
    objects: int = 0
    faults: Findings = field(default_factory=Findings)
    gaps: list[Gap] = field(default_factory=list)


def read_topic(stream: Stream, topic: Topic, bounds: Bounds) -> None:
    """Read the topic alone."""
    for partition, (start, end) in bounds.items():
        stream.read_topic(partition, topic.read(partition, start, end))


def read_raw(stream: Stream, bucket: Bucket, keys: Sequence[RawKey]) -> Archive:
    """Read the raw files alone: gaps between them cannot be judged without the topic."""
    archive = Archive(greatest_epoch((), keys), len(keys))
    for (epoch, partition), of_both in _by_epoch_and_partition(keys).items():
        chain = Chain(partition, epoch, archive.faults)
        stream.read_raw(partition, chain.lines(bucket.fetched(of_both)), of_this_topic=epoch == archive.epoch)
        archive.gaps += chain.gaps
    return archive


def read_both(
    stream: Stream, topic: Topic, bounds: Bounds, bucket: Bucket, keys: Sequence[RawKey], rows: Iterable[Row],
    archived_before: Mapping[int, int], say: Callable[[str], None],
) -> Archive:  # fmt: skip
    """Read topic and raw files, and compare them.

    `archived_before` is where the raw archive's group reads on in each partition.
    `rows` of the ledger must have been read before `keys` were listed: then no row is ahead of the objects. Objects
    of older epochs than the topic's are of a topic that is no more.
    """
    ledger = {row.partition: row for row in rows}
    archive = Archive(greatest_epoch((row.position for row in ledger.values() if row.position), keys), len(keys))
    grouped = _by_epoch_and_partition(keys)
    for (epoch, partition), of_both in grouped.items():
        if epoch < archive.epoch:
            chain = Chain(partition, epoch, archive.faults)
            stream.read_expired(partition, chain.lines(bucket.fetched(of_both)))
            archive.gaps += chain.gaps
    partitions = sorted({*bounds, *ledger, *(key.partition for key in keys if key.epoch == archive.epoch)})
    for number, partition in enumerate(partitions, 1):
        chain = Chain(partition, archive.epoch, archive.faults)
        archived = chain.lines(bucket.fetched(grouped.get((archive.epoch, partition), [])))
        row = ledger.get(partition, Row("", partition))
        filed = row.position.next_offset if row.position and row.position.epoch == archive.epoch else 0
        unread_from = max(filed, archived_before.get(partition, 0))
        _compare(stream, topic, partition, bounds.get(partition), archived, unread_from)
        chain.reach(filed)
        start = topic.bounds(partition)[0] if partition in bounds else chain.next_offset
        for gap in chain.gaps:
            left = unaccounted(gap, start, row.given_up)
            why = "no raw object holds them, they expired from the topic, and nobody gave them up"
            archive.faults.add_all(f"{part}: {why}" for part in left)
            if not left:
                archive.gaps.append(gap)
        say(f"{number} of {len(partitions)} partitions read")
    return archive


def _compare(
    stream: Stream, topic: Topic, partition: int, bounds: tuple[int, int] | None, archived: Iterator[RawLine],
    unread_from: int,
) -> None:  # fmt: skip
    if bounds is None:  # a partition that the topic does not have
        stream.read_both(partition, ((None, line) for line in archived), lambda _: False)
        return
    start, end = bounds
    published = topic.read(partition, start, end)
    within = _before(archived, end, cache(lambda: topic.bounds(partition)[1]))
    stream.read_both(partition, pairs(published, within), _Expiry(topic, partition, start), unread_from)


def _before(archived: Iterator[RawLine], end: int, end_now: Callable[[], int]) -> Iterator[RawLine]:
    """The raw messages without those published since the reconciliation began; those beyond the topic stay."""
    return (line for line in archived if line.offset < end or line.offset >= end_now())


class _Expiry:
    """Says whether the topic has dropped an offset, which may happen while it is read."""

    def __init__(self, topic: Topic, partition: int, start: int) -> None:
        self._topic, self._partition, self._start = topic, partition, start
        self._asks = _ASKED_AGAIN

    def __call__(self, offset: int) -> bool:
        if offset >= self._start and self._asks:
            self._asks -= 1
            self._start = self._topic.bounds(self._partition)[0]
        return offset < self._start


def _by_epoch_and_partition(keys: Iterable[RawKey]) -> dict[tuple[int, int], list[RawKey]]:
    grouped: defaultdict[tuple[int, int], list[RawKey]] = defaultdict(list)
    for key in sorted(keys, key=lambda key: (key.epoch, key.partition, key.first_offset)):
        grouped[key.epoch, key.partition].append(key)
    return grouped
