"""The verdict of a census. Pure.

A census knows no files, so it cannot say that a row of one is missing. It says whether what went into the topic is
filed and stored: by offsets for every message, and line by line for the newest ones. What an earlier census found lost
stays lost until this one has looked at the same place and found it whole.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from commerce.verdicts import LOST
from lambdas.census.counts import BatchCount, Counts, PartitionCount
from lambdas.census.losses import (
    CensusVerdict,
    Loss,
    LostFromLake,
    LostLines,
    LostMessages,
    LostObject,
    RecreatedTopic,
    before_given_up,
    of_partition,
    uncovered,
)

HOLDS: Final = "holds"
DUE: Final = "due"

ORIGIN: Final = "census"
"""The origin of a verdict that a census published."""

MOST_KEPT: Final = 1_000
"""The most missing lines of a partition that a verdict keeps, the longest missed first."""


class Finding(msgspec.Struct, frozen=True):
    """Rows that are lost, or that a consumer or job has yet to bring on: how many, a sentence, and the loss to keep."""

    rows: int
    sentence: str
    loss: Loss | None = None


def verdict(counts: Counts, at: datetime, known: Sequence[Loss] = ()) -> CensusVerdict:
    """The verdict of a census, to be published; `known` are the losses in the verdict before it."""
    found = findings(counts, known)
    looked_up = sum(it.looked_up for it in counts.partitions)
    filed = f"{counts.messages:,} messages are filed"
    all_is_well = f"{filed}, and each of the newest {looked_up:,} that were looked up is in the table"
    sentence = f"a census of the topic: {'; '.join(it.sentence for it in found) or all_is_well}"
    outcome = (LOST if found[0].loss else DUE) if found else HOLDS
    return CensusVerdict(outcome, at, sentence, [], ORIGIN, [it.loss for it in found if it.loss])


def findings(counts: Counts, known: Sequence[Loss] = ()) -> list[Finding]:
    """Everything that is lost or due, what is lost first."""
    found = [it for partition in counts.partitions for it in _partition(counts.topic, partition, known)]
    found += [*_uncounted(counts, known), *_lake(counts.batches, known), *_due(counts)]
    return sorted((it for it in found if it.rows > 0), key=lambda it: it.loss is None)


def _partition(topic: str, it: PartitionCount, known: Sequence[Loss]) -> Iterator[Finding]:
    """The losses of a partition."""
    name = f"{topic}-{it.partition}"
    yield from _recreated(name, it, known)
    yield from _unfiled(name, it, known)
    yield from _objects(name, it)
    yield _lines(it, it.absent, f"of the newest {it.looked_up:,} lines of {name} are not in the table")
    yield _lines(it, it.still_absent, f"lines of {name} that were missed before are still not in the table")


def _recreated(name: str, it: PartitionCount, known: Sequence[Loss]) -> Iterator[Finding]:
    """A topic that was made anew is so until the ledger begins a new epoch, however many messages it has by then."""
    if it.filed > it.end:
        ahead = it.filed - it.end
        loss = RecreatedTopic(it.partition, it.epoch, ahead)
        yield Finding(ahead, f"{name} was made anew: the ledger is {ahead:,} messages ahead of it", loss)
        return
    for loss in of_partition(known, RecreatedTopic, it.partition):
        if it.epoch <= loss.epoch:
            says = f"{name} was made anew: the ledger was {loss.messages:,} messages ahead, and began no epoch since"
            yield Finding(loss.messages, says, loss)


def _unfiled(name: str, it: PartitionCount, known: Sequence[Loss]) -> Iterator[Finding]:
    """Messages that were read or have expired, now or when an earlier census looked, and are not filed."""
    before = of_partition(known, LostMessages, it.partition)
    of_epoch = [loss for loss in before if loss.epoch in (0, it.epoch)]
    end = max(it.read_by_archive, it.start, *(loss.end for loss in of_epoch))
    unfiled = uncovered(it.filed, end, it.given_up)
    loss = LostMessages(it.partition, it.epoch, it.filed, end)
    yield Finding(unfiled, f"{unfiled:,} messages of {name} were read or expired, and are not filed", loss)
    for old in before:
        if old not in of_epoch:
            rows = uncovered(old.first, old.end, it.given_up)
            yield Finding(rows, f"{rows:,} messages of {name} of epoch {old.epoch} were never filed", old)


def _objects(name: str, it: PartitionCount) -> Iterator[Finding]:
    """Raw objects that are gone: the newest one of the partition, and those that an earlier census missed."""
    end = before_given_up(it.filed, it.given_up)
    newest = None
    if end and it.object_end != end:
        first = end - 1 if it.object_end is None or it.object_end > end else it.object_end
        newest = LostObject(it.partition, it.epoch, first, end, it.timestamp)
    for loss in [*([newest] if newest else []), *(old for old in it.still_gone if not _same(old, newest))]:
        says = f"the raw object of {name} that ends before offset {loss.end} is gone or another one"
        yield Finding(loss.end - loss.first, says, loss)


def _same(one: LostObject, other: LostObject | None) -> bool:
    return other is not None and (one.epoch, one.end) == (other.epoch, other.end)


def _lines(it: PartitionCount, absent: Sequence[tuple[str, str]], says: str) -> Finding:
    return Finding(len(absent), f"{len(absent):,} {says}", LostLines(it.partition, absent[:MOST_KEPT]))


def _uncounted(counts: Counts, known: Sequence[Loss]) -> Iterator[Finding]:
    """Known losses of partitions that the topic has no longer: nobody can look there again."""
    counted = {it.partition for it in counts.partitions}
    for loss in known:
        if not isinstance(loss, LostFromLake) and loss.partition not in counted:
            yield Finding(1, f"{counts.topic}-{loss.partition}, where rows were lost, is no longer there", loss)


def _lake(batches: Sequence[BatchCount], known: Sequence[Loss]) -> Iterator[Finding]:
    """The lines that the lake lacks by its newest count: each count says how many there were at that time."""
    if not batches:
        return
    newest = batches[-1]
    before = [BatchCount(it.batch, 0, it.lines_total) for it in known if isinstance(it, LostFromLake)]
    expected = max(it.lines_total + _added_after(it, batches) for it in (*before, *batches))
    lost = expected - newest.lines_total
    loss = LostFromLake(newest.batch, expected)
    yield Finding(lost, f"the lake lost {lost:,} lines before the batch {newest.batch}", loss)


def _added_after(batch: BatchCount, batches: Sequence[BatchCount]) -> int:
    return sum(it.lines_added for it in batches if it.batch > batch.batch)


def _due(counts: Counts) -> Iterator[Finding]:
    """The rows that consumers and jobs have yet to bring on."""
    unfiled = sum(max(0, it.end - it.filed) for it in counts.partitions)
    unstored = sum(max(0, it.end - max(it.start, it.read_by_tables)) for it in counts.partitions)
    yield Finding(unfiled, f"{unfiled:,} messages are not filed yet")
    yield Finding(unstored, f"{unstored:,} messages are not in the tables yet")
    yield Finding(counts.unloaded_lines, f"{counts.unloaded_lines:,} lines are not in the warehouse yet")
