"""Which rows are meant: each limit, all together, and how a number of rows counts."""

from datetime import date, datetime

import pytest

from commerce.errors import FieldError, InvalidSelection
from commerce.files.documents import Entry
from commerce.selection import Selection
from tests.orders import a_line

LINES = [
    a_line(InvoiceNo="1", InvoiceDate=datetime(2010, 12, 1, 0, 0), CustomerID=1),
    a_line(InvoiceNo="2", InvoiceDate=datetime(2010, 12, 2, 23, 59, 59), CustomerID=2),
    a_line(InvoiceNo="C2", InvoiceDate=datetime(2010, 12, 3), CustomerID=2),
    a_line(InvoiceNo="3", InvoiceDate=datetime(2010, 12, 4), CustomerID=None),
]
ENTRIES = [Entry(number, [], line) for number, line in enumerate(LINES, 2)]
REFUSED = Entry(9, [], None, (FieldError("Quantity", "six", "must be an integer"),))


def selected(selection: Selection) -> list[str]:
    return [entry.line.InvoiceNo if entry.line else "refused" for entry in selection.select([*ENTRIES, REFUSED])]


@pytest.mark.parametrize(
    ("selection", "invoices"),
    [
        (Selection(), ["1", "2", "C2", "3", "refused"]),
        (Selection(since=date(2010, 12, 2)), ["2", "C2", "3", "refused"]),
        (Selection(until=date(2010, 12, 2)), ["1", "2", "refused"]),
        (Selection(since=date(2010, 12, 2), until=date(2010, 12, 2)), ["2", "refused"]),
        (Selection(customer=2), ["2", "C2", "refused"]),
        (Selection(invoice="C2"), ["C2", "refused"]),
        (Selection(customer=1, invoice="2"), ["refused"]),
        (Selection(rows=2), ["1", "2"]),
        (Selection(rows=1, customer=2), ["2"]),
        (Selection(rows=9), ["1", "2", "C2", "3", "refused"]),
    ],
)
def test_a_selection_takes_the_rows_that_are_meant(selection: Selection, invoices: list[str]) -> None:
    assert selected(selection) == invoices


def test_a_selection_reads_no_further_than_its_last_row() -> None:
    entries = iter(ENTRIES)
    assert len(list(Selection(rows=2).select(entries))) == 2
    assert next(entries) is ENTRIES[2]


@pytest.mark.parametrize("rows", [0, -1])
def test_no_rows_at_all_is_no_selection(rows: int) -> None:
    with pytest.raises(InvalidSelection, match="--rows must be at least 1"):
        Selection(rows=rows)


def test_days_in_the_wrong_order_are_no_selection() -> None:
    with pytest.raises(InvalidSelection, match="--since 2010-12-02 is after --until 2010-12-01"):
        Selection(since=date(2010, 12, 2), until=date(2010, 12, 1))
