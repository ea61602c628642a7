"""A hop that is a table of rows with the record's columns; each row is compared with its LineId."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Protocol

from commerce.identity import line_id
from commerce.lines import OrderLine
from console.counts import counted
from operations.reconcile.deliveries import HopCounter
from operations.reconcile.findings import Findings, erased_line
from operations.reconcile.scope import Scope

_SAID_EVERY = 100_000


class ReadRows(Protocol):
    """A table of lines: the lake's, or the warehouse's."""

    def lines(self, first: date, last: date) -> Iterator[OrderLine]:
        """The rows of these days, both included; their LineIds are not verified."""


class RowsHop:
    """Counts the rows of the scope and keeps their faults; `came_back` are lines that were erased."""

    def __init__(self, scope: Scope) -> None:
        self.held = HopCounter()
        self.faults = Findings()
        self.came_back = Findings()
        self.rows = 0
        self._scope = scope

    def read(self, row: OrderLine) -> None:
        """Take in one row. A row with a wrong LineId does not count as a line; its own day decides about the scope."""
        self.rows += 1
        if line_id(row, row.Occurrence) == row.LineId:
            if self._scope.covers(row):
                self.held.add(row)
            elif row.LineId in self._scope.erased:
                self.came_back.add(erased_line(row))
        elif row.InvoiceDate.date() in self._scope.days:
            self.held.add(None)
            self.faults.add(f"row {row.LineId} of invoice {row.InvoiceNo} is not the line of that LineId")


def read(table: ReadRows, scope: Scope, say: Callable[[str], None]) -> RowsHop:
    """The table's rows in the scope."""
    hop = RowsHop(scope)
    if scope.days:
        for row in table.lines(min(scope.days), max(scope.days)):
            hop.read(row)
            if hop.rows % _SAID_EVERY == 0:
                say(f"{counted(hop.rows, 'row')} read")
    say(f"{counted(hop.rows, 'row')} read")
    return hop
