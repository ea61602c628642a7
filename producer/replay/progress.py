"""The progress of a replay: counts of settled rows, and the number of settled leading rows of each file.

Requests finish out of order, so a row counts as leading only once every selected row before it is settled. Pure; the
caller serialises the calls.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from producer.replay.plan import Batch, Reject


class Leading(msgspec.Struct, frozen=True):
    """The settled rows at the head of a file, and how the selected ones among them ended."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """How a batch's rows ended: accepted, rejected by either side, or unsent; `retried` were sent repeatedly."""

    accepted: int
    rejected: tuple[Reject, ...]
    unsent: int
    retried: int


class Counts(msgspec.Struct):
    """Counts of a replay's rows. `rows` were read; the others say how they ended so far."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    retried: int = 0
    unsent: int = 0

    @property
    def settled(self) -> int:
        """The number of rows accepted or rejected."""
        return self.accepted + self.rejected

    def through(self, read: float | None) -> float | None:
        """The share of the input that is settled when `read` of it is read: a small file is read before a row arrives.

        >>> Counts(rows=3_000, accepted=600).through(0.5)
        0.1
        """
        return read if read is None or not self.rows else read * self.settled / self.rows


class Look(msgspec.Struct, frozen=True):
    """The state of a running replay at one moment.

    `settled` rows are accepted or rejected; `retries` are requests that were sent again; `fraction` is how much of the
    input is settled, from 0 to 1, None if that is unknown; `behind_seconds` how far the rows are behind the pace
    that was asked for; `until` the InvoiceDate of the rows whose time has not come; `round` counts from 1.
    """

    settled: int
    rejected: int
    retries: int
    fraction: float | None = None
    behind_seconds: float | None = None
    until: datetime | None = None
    round: int = 1


@dataclass(slots=True)
class _Span:
    """A batch without its rows, which are dropped from memory before the batches in front of it end."""

    file: int
    end: int
    rows: int
    outcome: Outcome | None = None


class Progress:
    """The progress of a replay over files of which these leading rows were settled before it began."""

    def __init__(self, leading: Sequence[Leading]) -> None:
        self.leading = list(leading)
        self.counts = Counts(
            rows=sum(file.accepted + file.rejected for file in leading),
            accepted=sum(file.accepted for file in leading),
            rejected=sum(file.rejected for file in leading),
        )
        self.halted = False
        """Whether a row stayed unsent: after that no row counts as leading, since one before it is not settled."""
        self._waiting = 0
        self._spans: deque[_Span] = deque()
        self._open: dict[int, _Span] = {}
        """Open spans by the identity of their batch: a loop meets the same rows again while they are under way."""

    @property
    def waiting(self) -> int:
        """The number of rows in batches that began and are not yet among the leading ones."""
        return self._waiting

    def begin(self, batch: Batch) -> None:
        """Record a batch, in reading order."""
        span = _Span(batch.file, batch.end, len(batch.shipments) + len(batch.refused))
        self._spans.append(span)
        self._open[id(batch)] = span
        self.counts.rows += span.rows
        self._waiting += span.rows

    def end(self, batch: Batch, outcome: Outcome) -> list[tuple[Reject, ...]]:
        """Record how a batch ended.

        Returns the rejects of the batches that were waiting for this one, in the files' order.
        """
        self._open.pop(id(batch)).outcome = outcome
        self.counts.accepted += outcome.accepted
        self.counts.rejected += len(outcome.rejected)
        self.counts.retried += outcome.retried
        self.counts.unsent += outcome.unsent
        ended = []
        while self._spans and (first := self._spans[0].outcome) is not None:
            ended.append(self._lead(self._spans.popleft(), first))
        return ended

    def _lead(self, span: _Span, outcome: Outcome) -> tuple[Reject, ...]:
        self._waiting -= span.rows
        self.halted = self.halted or outcome.unsent > 0
        if not self.halted:
            before = self.leading[span.file]
            self.leading[span.file] = Leading(
                span.end, before.accepted + outcome.accepted, before.rejected + len(outcome.rejected)
            )
        return outcome.rejected
