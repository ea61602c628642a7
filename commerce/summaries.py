"""An invoice's totals, and its summary in the Customers table.

A summary is a pure function of the lines that were read. Which of two summaries stands is decided by `Lines` and
`Version` alone (docs/adr/0003-two-protocols.md).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from commerce.keys import line_key
from commerce.lines import OrderLine, amount_thousandths, plain

VERSION: Final = 1
"""The number of the formula below. A summary of as many lines and an older version is replaced."""


class Totals(msgspec.Struct, frozen=True):
    """The number of lines, units (sum of Quantity), and the amount (sum of Quantity times UnitPrice)."""

    Lines: int
    Units: int
    Amount: Decimal


class InvoiceSummary(msgspec.Struct, frozen=True):
    """The Customers table's record of one customer's lines of one invoice.

    InvoiceDate is the least of the lines; Country is that of the line least by InvoiceDate and LineKey.
    """

    CustomerID: int
    InvoiceNo: str
    InvoiceDate: datetime
    Country: str
    Lines: int
    Units: int
    Amount: Decimal
    Version: int


def totals(lines: Iterable[OrderLine]) -> Totals:
    """The exact totals of these lines."""
    count = units = amount = 0
    for line in lines:
        count += 1
        units += line.Quantity
        amount += amount_thousandths(line)
    return Totals(count, units, plain(amount))


def first_line(lines: Iterable[OrderLine]) -> OrderLine:
    """The line whose date and country count as the invoice's: the least by InvoiceDate and LineKey."""
    return min(lines, key=lambda line: (line.InvoiceDate, line_key(line)))


def summaries(lines: Iterable[OrderLine]) -> list[InvoiceSummary]:
    """One summary for each customer and invoice among the lines, in that order. Lines without a customer have none."""
    by_customer: defaultdict[tuple[int, str], list[OrderLine]] = defaultdict(list)
    for line in lines:
        if line.CustomerID is not None:
            by_customer[line.CustomerID, line.InvoiceNo].append(line)
    return [_summary(customer, invoice, of_both) for (customer, invoice), of_both in sorted(by_customer.items())]


def _summary(customer: int, invoice: str, lines: Sequence[OrderLine]) -> InvoiceSummary:
    first, sums = first_line(lines), totals(lines)
    return InvoiceSummary(
        customer, invoice, first.InvoiceDate, first.Country, sums.Lines, sums.Units, sums.Amount, VERSION
    )
