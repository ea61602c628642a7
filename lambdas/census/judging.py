"""The verdict of a census. Pure.

A census knows no files, so it cannot say that a row of one is missing. It says whether what went into the topic is
filed and stored: by offsets for every message, and line by line for the newest ones.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from commerce.verdicts import LOST, PublishedVerdict
from lambdas.census.counts import BatchCount, Counts, PartitionCount

HOLDS: Final = "holds"
DUE: Final = "due"

ORIGIN: Final = "census"
"""The origin of a verdict that a census published."""


class Finding(msgspec.Struct, frozen=True):
    """Rows that are lost, or that a consumer or job has yet to bring on: how many, and a sentence about them."""

    rows: int
    sentence: str
    lost: bool = True


def findings(counts: Counts) -> list[Finding]:
    """Everything that is lost or due, what is lost first."""
    found = [it for partition in counts.partitions for it in _partition(counts.topic, partition)]
    found += [*_lake(counts.batches), *_due(counts)]
    return sorted((it for it in found if it.rows > 0), key=lambda it: not it.lost)


def verdict(counts: Counts, at: datetime) -> PublishedVerdict:
    """The verdict of a census, to be published."""
    found = findings(counts)
    looked_up = sum(it.looked_up for it in counts.partitions)
    filed = f"{counts.messages:,} messages are filed"
    all_is_well = f"{filed}, and each of the newest {looked_up:,} that were looked up is in the table"
    sentence = f"a census of the topic: {'; '.join(it.sentence for it in found) or all_is_well}"
    outcome = (LOST if found[0].lost else DUE) if found else HOLDS
    return PublishedVerdict(outcome, at, sentence, [], ORIGIN)


def stands(last: PublishedVerdict | None) -> bool:
    """Whether the last verdict is one that no census may replace: files were compared, and rows are lost.

    A census sees less than that. Another reconciliation lifts it.
    """
    return last is not None and last.origin != ORIGIN and last.outcome == LOST


def _partition(topic: str, it: PartitionCount) -> Iterator[Finding]:
    """The losses of a partition."""
    name = f"{topic}-{it.partition}"
    if it.filed > it.end:
        yield Finding(
            it.filed - it.end, f"{name} was made anew: the ledger is {it.filed - it.end:,} messages ahead of it"
        )
    if unfiled := _uncovered(it.filed, max(it.read_by_archive, it.start), it.given_up):
        yield Finding(unfiled, f"{unfiled:,} messages of {name} were read or expired, and are not filed")
    if it.filed and it.object_end != it.filed:
        gone = 1 if it.object_end is None else abs(it.filed - it.object_end)
        yield Finding(gone, f"the raw object of {name} that ends before offset {it.filed} is gone or another one")
    if it.absent:
        yield Finding(it.absent, f"{it.absent:,} of the newest {it.looked_up:,} lines of {name} are not in the table")


def _uncovered(first: int, end: int, given_up: Sequence[tuple[int, int]]) -> int:
    """The number of offsets from `first` to before `end` outside of these spans.

    >>> _uncovered(10, 40, [(0, 12), (20, 30)])
    18
    """
    covered = sum(max(0, min(end, stop) - max(first, start)) for start, stop in given_up)
    return max(0, end - first - covered)


def _lake(batches: Sequence[BatchCount]) -> Iterator[Finding]:
    """The lines that the lake has lost before its newest batch: each batch says how many there were after it."""
    if not batches:
        return
    newest = batches[-1]
    expected = max(it.lines_total + _added_after(it, batches) for it in batches)
    lost = expected - newest.lines_total
    yield Finding(lost, f"the lake lost {lost:,} lines before the batch {newest.batch}")


def _added_after(batch: BatchCount, batches: Sequence[BatchCount]) -> int:
    return sum(it.lines_added for it in batches if it.batch > batch.batch)


def _due(counts: Counts) -> Iterator[Finding]:
    """The rows that consumers and jobs have yet to bring on."""
    unfiled = sum(max(0, it.end - it.filed) for it in counts.partitions)
    unstored = sum(max(0, it.end - max(it.start, it.read_by_tables)) for it in counts.partitions)
    yield Finding(unfiled, f"{unfiled:,} messages are not filed yet", lost=False)
    yield Finding(unstored, f"{unstored:,} messages are not in the tables yet", lost=False)
    yield Finding(counts.unloaded_lines, f"{counts.unloaded_lines:,} lines are not in the warehouse yet", lost=False)
