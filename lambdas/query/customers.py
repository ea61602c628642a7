"""The API's answer about a customer."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from commerce.lines import plain, thousandths
from commerce.summaries import InvoiceSummary
from lambdas.http import NotFound
from lambdas.query.paging import Wanted, page


class CustomerInvoice(msgspec.Struct, frozen=True):
    """The totals of one of a customer's invoices."""

    InvoiceNo: str
    InvoiceDate: datetime
    Country: str
    Lines: int
    Units: int
    Amount: Decimal


class Customer(msgspec.Struct, frozen=True):
    """A customer and a page of their invoices, newest first; the other fields are of all invoices."""

    CustomerID: int
    Invoices: int
    Lines: int
    Units: int
    Amount: Decimal
    FirstInvoiceDate: datetime
    LastInvoiceDate: datetime
    invoices: Sequence[CustomerInvoice]
    next: str | None


def key_prefix(customer_id: int) -> str:
    """The common prefix of the keys of this customer's invoices, in the `next` of a page."""
    return f"{customer_id}#"


def customer(customer_id: int, summaries: Sequence[InvoiceSummary], wanted: Wanted) -> Customer:
    """The wanted page of the customer with these invoices, in any order; raises `NotFound` if there are none."""
    if not summaries:
        raise NotFound(f"there is no customer {customer_id}")

    def key(invoice: CustomerInvoice) -> str:
        return f"{key_prefix(customer_id)}{invoice.InvoiceDate.isoformat()}#{invoice.InvoiceNo}"

    invoices = sorted((_told(summary) for summary in summaries), key=key, reverse=True)
    shown, following = page(invoices, key, wanted, descending=True)
    return Customer(
        customer_id,
        len(invoices),
        sum(invoice.Lines for invoice in invoices),
        sum(invoice.Units for invoice in invoices),
        plain(sum(thousandths(invoice.Amount) for invoice in invoices)),
        invoices[-1].InvoiceDate,
        invoices[0].InvoiceDate,
        shown,
        following,
    )


_TOLD: Final = CustomerInvoice.__struct_fields__


def _told(summary: InvoiceSummary) -> CustomerInvoice:
    return CustomerInvoice(*[getattr(summary, name) for name in _TOLD])
