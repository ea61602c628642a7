"""The items of the Invoices table, each compared with its key and LineId."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from commerce.identity import line_id
from commerce.keys import invoice_number, line_key
from commerce.lines import OrderLine
from commerce.summaries import InvoiceSummary
from operations.reconcile.deliveries import HopCounter
from operations.reconcile.findings import Findings, erased_line
from operations.reconcile.scope import Scope
from operations.reconcile.summaries import Summaries
from stores.dynamodb import items

Item = Mapping[str, Any]


class TableHop:
    """Takes items in, page by page; counts the lines of the scope, and keeps the faults and the summaries due.

    `came_back` are lines that were erased. An item that is not a line belongs to no day: it is always in the scope.
    """

    def __init__(self, scope: Scope) -> None:
        self.held = HopCounter()
        self.summaries = Summaries(scope)
        self.faults = Findings()
        self.came_back = Findings()
        self.items = 0
        self._scope = scope

    def read(self, page: Iterable[Item]) -> None:
        """Take in items that are adjacent in the table."""
        for invoice_no, run in groupby(self._lines(page), key=attrgetter("InvoiceNo")):
            lines = list(run)
            for line in lines:
                if self._scope.covers(line):
                    self.held.add(line)
                elif line.LineId in self._scope.erased:
                    self.came_back.add(erased_line(line))
            self.summaries.add(invoice_no, lines)

    def _lines(self, page: Iterable[Item]) -> Iterator[OrderLine]:
        for item in page:
            self.items += 1
            line = verified_line(item)
            if line is not None:
                yield line
            else:
                self.held.add(None)
                self.faults.add(f"item {_key(item)} is not an order line with that key and LineId")


def verified_line(item: Item) -> OrderLine | None:
    """The line of an item; None if its fields, LineId and key contradict each other."""
    try:
        line = items.line(item)
        number = int(item["InvoiceNo"]["N"])
        if line_id(line, line.Occurrence) != line.LineId or line_key(line) != item["LineKey"]["S"]:
            return None
        return line if number == invoice_number(line.InvoiceNo) else None
    except (KeyError, TypeError, ValueError, ArithmeticError, IndexError, msgspec.EncodeError):
        return None


def stored_summary(item: Item) -> InvoiceSummary | None:
    """The summary of an item of the Customers table; None if it is not one."""
    try:
        return items.summary(item)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None


def _key(item: Item) -> str:
    return "/".join(str(next(iter(item.get(name, {"": "?"}).values()))) for name in ("InvoiceNo", "LineKey"))
