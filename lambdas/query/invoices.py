"""The API's answer about an invoice."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from commerce.keys import line_key
from commerce.lines import OrderLine
from commerce.summaries import first_line, totals
from lambdas.http import NotFound
from lambdas.query.paging import Wanted, page


class Invoice(msgspec.Struct, frozen=True):
    """An invoice and a page of its lines; all fields but `lines` and `next` are of the whole invoice.

    CustomerID, InvoiceDate and Country are those of the line least by InvoiceDate and LineKey.
    """

    InvoiceNo: str
    CustomerID: int | None
    InvoiceDate: datetime
    Country: str
    Lines: int
    Units: int
    Amount: Decimal
    lines: Sequence[OrderLine]
    next: str | None


def invoice(invoice_no: str, lines: Sequence[OrderLine], wanted: Wanted) -> Invoice:
    """The wanted page of the invoice with these lines, in the order of their keys; raises `NotFound` without any."""
    if not lines:
        raise NotFound(f"there is no invoice {invoice_no}")
    first, sums = first_line(lines), totals(lines)
    shown, following = page(lines, line_key, wanted)
    return Invoice(
        invoice_no,
        first.CustomerID,
        first.InvoiceDate,
        first.Country,
        sums.Lines,
        sums.Units,
        sums.Amount,
        shown,
        following,
    )
