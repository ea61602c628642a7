"""The losses that a census found, kept in its verdict so that later ones look at the same places again. Pure."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from commerce.verdicts import LOST, PublishedVerdict

LineKey = tuple[str, str]
"""The key of a line in the Invoices table: the invoice's number, and LineKey."""


class LostMessages(msgspec.Struct, frozen=True, tag="messages"):
    """Messages of a partition, `first` to before `end`, that were read or have expired and are not filed.

    `epoch` is the ledger's at that time; 0 without a row.
    """

    partition: int
    epoch: int
    first: int
    end: int


class LostObject(msgspec.Struct, frozen=True, tag="object"):
    """Filed messages of a partition, `first` to before `end`, whose raw object is gone.

    `timestamp` is the greatest of the messages filed up to there, in milliseconds since 1970.
    """

    partition: int
    epoch: int
    first: int
    end: int
    timestamp: int


class RecreatedTopic(msgspec.Struct, frozen=True, tag="topic"):
    """A partition that was made anew while the ledger, in this epoch, was so many messages ahead of it."""

    partition: int
    epoch: int
    messages: int


class LostLines(msgspec.Struct, frozen=True, tag="lines"):
    """Lines of a partition that the Invoices table lacks."""

    partition: int
    keys: Sequence[LineKey]


class LostFromLake(msgspec.Struct, frozen=True, tag="lake"):
    """Lines that the lake has lost: it should hold `lines_total` after this batch."""

    batch: str
    lines_total: int


Loss = LostMessages | LostObject | RecreatedTopic | LostLines | LostFromLake
Kind = TypeVar("Kind", LostMessages, LostObject, RecreatedTopic, LostLines)


class CensusVerdict(PublishedVerdict, frozen=True):
    """The published verdict with the losses that its census found; a verdict on files has none."""

    losses: Sequence[Loss] = ()


def of_partition(known: Iterable[Loss], kind: type[Kind], partition: int) -> list[Kind]:
    """The known losses of this kind in a partition."""
    return [it for it in known if isinstance(it, kind) and it.partition == partition]


def stands(last: CensusVerdict | None) -> bool:
    """Whether the last verdict is one that no census may replace: rows are lost, and no place to look at is recorded.

    It is on files, of which a census sees less. Another reconciliation lifts it.
    """
    return last is not None and last.outcome == LOST and not last.losses


def uncovered(first: int, end: int, given_up: Iterable[tuple[int, int]]) -> int:
    """The number of offsets from `first` to before `end` outside of these spans.

    >>> uncovered(10, 40, [(0, 12), (20, 30)])
    18
    """
    covered = sum(max(0, min(end, stop) - max(first, start)) for start, stop in given_up)
    return max(0, end - first - covered)


def before_given_up(end: int, given_up: Iterable[tuple[int, int]]) -> int:
    """The end of what must still be filed before `end`: spans that an operator gave up are skipped.

    >>> before_given_up(40, [(0, 12), (20, 30), (30, 40)])
    20
    """
    while firsts := [first for first, stop in given_up if first < end <= stop]:
        end = min(firsts)
    return end
