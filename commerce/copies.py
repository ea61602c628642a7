"""Counts the exact copies of a row within one document, in bounded memory and in any order of rows.

Identical rows have the same InvoiceDate, so only the rows of the days around the newest one seen are counted in
memory; the counts of older days spill to a SQLite file, where a late row still finds them. So do those of a day that
has more rows than memory should hold.
"""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from types import TracebackType
from typing import Final, Self

from commerce.errors import FieldError, NoRoom
from commerce.fragments import Fragments
from commerce.identity import claim_errors, line_id, order_line, with_id
from commerce.lines import OrderLine, OrderRow

HORIZON: Final = timedelta(days=2)
"""The time behind the newest row for which a row's count stays in memory."""

MOST_COUNTED: Final = 250_000
"""Distinct rows of one day counted in memory, some 40 MB."""

_OCCURRENCE: Final = re.compile(r"0*([1-9][0-9]{0,8})(?:\.0+)?")


def _no_room(error: sqlite3.OperationalError) -> NoRoom:
    return NoRoom("the counts of the rows' copies", error)


class Copies:
    """The counters of one document. `line` must see all its rows, in the document's order, before any selection.

    A context manager: the spill file, if one was needed, is gone afterwards.
    """

    def __init__(self) -> None:
        self._days: dict[date, dict[str, int]] = {}
        self._newest = date.min
        self._day = date.min
        self._counts: dict[str, int] | None = None
        """The counts of `_day`, on which the last row was; None where they are spilled."""
        self._spilled_days: set[date] = set()
        self._spill: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._spill is not None:
            self._spill.close()

    def line(self, row: OrderRow) -> OrderLine:
        """The line of this row: its content, and the number of this copy in this document."""
        first = line_id(row, 1)
        occurrence = self._count(row.InvoiceDate.date(), first)
        return with_id(row, occurrence, first if occurrence == 1 else line_id(row, occurrence))

    def line_of(self, row: Fragments) -> OrderLine:
        """The line that this row is, as `line` tells."""
        identifier = row.line_id(1)
        if (occurrence := self._count(row.head.day, identifier)) > 1:
            identifier = row.line_id(occurrence)
        return row.line(occurrence, identifier)

    def claimed_line(self, row: OrderRow, claims: Mapping[str, str]) -> tuple[OrderLine, tuple[FieldError, ...]]:
        """The line that this row claims to be, and the errors of its claims; an empty claim claims nothing.

        Where a LineId proves it, the row is the copy that its Occurrence says, wherever it stands: an export of a store
        has the copies of a row in any order. Else copies are counted as `line` does.
        """
        occurrence = _OCCURRENCE.fullmatch(claims.get("Occurrence", ""))
        if occurrence is None or not claims.get("LineId"):
            line = self.line(row)
            return line, claim_errors(line, claims)
        line = order_line(row, int(occurrence[1]))
        wrong = claim_errors(line, claims)
        if not wrong and self._count(row.InvoiceDate.date(), line.LineId) > 1:
            wrong = (FieldError("LineId", line.LineId, "must not stand in an earlier row of the document too"),)
        return line, wrong

    def _count(self, day: date, first: str) -> int:
        if day != self._day:
            self._turn_to(day)
        counts = self._counts
        if counts is None:
            return self._count_in_spill(first)
        occurrence = counts[first] = counts.get(first, 0) + 1
        if len(counts) > MOST_COUNTED:
            self._spill_day(day)
            self._counts = None
        return occurrence

    def _turn_to(self, day: date) -> None:
        """Let rows of this day be counted: in memory, unless the day is spilled or before the horizon."""
        if day > self._newest:
            self._newest = day
            self._forget_before(day - HORIZON if day - date.min > HORIZON else date.min)
        spilled = day < self._newest - HORIZON or day in self._spilled_days
        self._day, self._counts = day, None if spilled else self._days.setdefault(day, {})

    def _forget_before(self, oldest: date) -> None:
        for day in [day for day in self._days if day < oldest]:
            self._spill_day(day)

    def _spill_day(self, day: date) -> None:
        self._spilled_days.add(day)
        counts = ((bytes.fromhex(first), seen) for first, seen in self._days.pop(day).items())
        try:
            with self._spilled() as spill:
                spill.executemany("INSERT INTO copies VALUES (?, ?)", counts)
        except sqlite3.OperationalError as error:
            raise _no_room(error) from error

    def _count_in_spill(self, first: str) -> int:
        counted = "INSERT INTO copies VALUES (?, 1) ON CONFLICT DO UPDATE SET seen = seen + 1 RETURNING seen"
        try:
            with closing(self._spilled().execute(counted, (bytes.fromhex(first),))) as found:
                return int(found.fetchone()[0])
        except sqlite3.OperationalError as error:
            raise _no_room(error) from error

    def _spilled(self) -> sqlite3.Connection:
        if self._spill is None:
            # "": SQLite's own temporary file, already unlinked, so that a crash leaves nothing behind
            self._spill = sqlite3.connect("")
            self._spill.execute("CREATE TABLE copies (content BLOB PRIMARY KEY, seen INTEGER) WITHOUT ROWID")
        return self._spill
