"""The hop `lake`: the rows of the lake's table, each checked to be the line that its LineId says."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Protocol

from commerce.columns import COLUMNS, line
from commerce.identity import line_id
from commerce.lines import OrderLine
from operations.reconcile.findings import Findings
from operations.reconcile.scope import Scope
from operations.reconcile.stream import HopCounter
from stores.target import Target

_SAID_EVERY = 100_000


class ReadLake(Protocol):
    """The lake's table: see `Lake`."""

    def lines(self, first: date, last: date) -> Iterator[OrderLine]:
        """The rows of these days, both included, as they stand: their LineIds are not verified."""


class Lake:
    """A target's lake table, by pyiceberg; raises `StoreUnreachable` where it cannot be read."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def lines(self, first: date, last: date) -> Iterator[OrderLine]:
        """The rows of these days, both included, as they stand: their LineIds are not verified."""
        from operations.lake.table import LakeTable  # pyiceberg and Arrow take a while to import

        names = [column.name for column in COLUMNS]
        for batch in LakeTable(self._target).batches(names, (first, last)):
            yield from lines_of(batch)


class LakeHop:
    """Counts the rows of the scope, and keeps what is wrong with them."""

    def __init__(self, scope: Scope) -> None:
        self.held = HopCounter()
        self.faults = Findings()
        self.rows = 0
        self._scope = scope

    def read(self, row: OrderLine) -> None:
        """Take in one row. One whose LineId is another's is no line, and belongs to the scope of the day it names."""
        self.rows += 1
        if line_id(row, row.Occurrence) == row.LineId:
            if self._scope.covers(row):
                self.held.add(row)
        elif row.InvoiceDate.date() in self._scope.days:
            self.held.add(None)
            self.faults.add(f"row {row.LineId} of invoice {row.InvoiceNo} is not the line of that LineId")


def read(lake: ReadLake, scope: Scope, say: Callable[[str], None]) -> LakeHop:
    """What the lake holds of the scope."""
    hop = LakeHop(scope)
    if scope.days:
        for row in lake.lines(min(scope.days), max(scope.days)):
            hop.read(row)
            if hop.rows % _SAID_EVERY == 0:
                say(f"lake: {hop.rows:,} rows read")
    say(f"lake: {hop.rows:,} rows read")
    return hop


def lines_of(batch: Any) -> Iterator[OrderLine]:
    """The lines of an Arrow batch that has the lake's columns, whatever their order."""
    return map(line, *(batch.column(column.name).to_pylist() for column in COLUMNS))
