"""The API's answers about an invoice and about a customer."""

from datetime import datetime
from decimal import Decimal

import pytest

from commerce.keys import line_key
from commerce.lines import OrderLine
from commerce.summaries import summaries
from lambdas.http import NotFound
from lambdas.query.customers import Customer, CustomerInvoice, customer
from lambdas.query.invoices import Invoice, invoice
from lambdas.query.paging import Wanted
from tests.orders import a_line

MORNING, NOON = datetime(2010, 12, 1, 8, 26), datetime(2010, 12, 1, 12)


def in_order(*lines: OrderLine) -> list[OrderLine]:
    return sorted(lines, key=line_key)


def test_an_invoice_tells_its_totals_exactly_and_the_date_and_country_of_its_first_line() -> None:
    lines = in_order(
        a_line(StockCode="A", InvoiceDate=NOON, Country="France"),
        a_line(StockCode="B", InvoiceDate=MORNING, Country="Spain", Quantity=-2, UnitPrice=Decimal("0.001")),
    )
    assert invoice("600001", lines, Wanted()) == Invoice(
        "600001", 12345, MORNING, "Spain", 2, 4, Decimal("15.298"), lines, None
    )


def test_an_invoice_without_a_customer_tells_null() -> None:
    assert invoice("600001", [a_line(CustomerID=None)], Wanted()).CustomerID is None


def test_each_page_of_an_invoice_tells_the_totals_of_the_whole() -> None:
    lines = in_order(*(a_line(occurrence) for occurrence in range(1, 6)))
    first = invoice("600001", lines, Wanted(limit=2))
    assert (first.Lines, first.Units, first.Amount, len(first.lines)) == (5, 30, Decimal("76.5"), 2)
    second = invoice("600001", lines, Wanted(limit=2, after=line_key(lines[1])))
    assert (second.Lines, second.Units, second.Amount, second.lines) == (5, 30, Decimal("76.5"), lines[2:4])


def test_an_invoice_without_lines_is_not_found_by_name() -> None:
    with pytest.raises(NotFound, match="600001"):
        invoice("600001", [], Wanted())


def test_a_customer_tells_totals_and_invoices_newest_first() -> None:
    lines = [
        a_line(InvoiceNo="600001", InvoiceDate=MORNING),
        a_line(InvoiceNo="C600002", InvoiceDate=NOON, Quantity=-1, UnitPrice=Decimal("27.5")),
        a_line(InvoiceNo="600001", InvoiceDate=MORNING, Occurrence=2),
    ]
    assert customer(12345, summaries(lines), Wanted()) == Customer(
        12345,
        Invoices=2,
        Lines=3,
        Units=11,
        Amount=Decimal("3.1"),
        FirstInvoiceDate=MORNING,
        LastInvoiceDate=NOON,
        invoices=[
            CustomerInvoice("C600002", NOON, "France", 1, -1, Decimal("-27.5")),
            CustomerInvoice("600001", MORNING, "France", 2, 12, Decimal("30.6")),
        ],
        next=None,
    )


def test_each_page_of_a_customer_tells_the_totals_of_the_whole() -> None:
    stored = summaries(a_line(InvoiceNo=str(600001 + at), InvoiceDate=MORNING.replace(day=1 + at)) for at in range(5))
    first = customer(12345, stored, Wanted(limit=3))
    assert (first.Invoices, first.Lines, [it.InvoiceNo for it in first.invoices]) == (
        5,
        5,
        ["600005", "600004", "600003"],
    )
    assert first.next is not None


def test_a_customer_without_invoices_is_not_found_by_name() -> None:
    with pytest.raises(NotFound, match="17850"):
        customer(17850, [], Wanted())
