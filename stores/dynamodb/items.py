"""Lines and summaries as DynamoDB items, and back. An item is a pure function of its line, without missing values.

Numbers travel as exact decimal text. The item's InvoiceNo is the invoice's number, under which C536379 and 536379 stand
together; the invoice as it is written is the first part of LineKey.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from commerce.columns import COLUMNS, NAMES, Kind
from commerce.errors import NewerRecord
from commerce.keys import INVOICES, invoice_number, line_key
from commerce.lines import ADDED, OrderLine, plain, thousandths
from commerce.summaries import InvoiceSummary

Item = dict[str, Any]
"""Attributes by name, each as `{type: text}`, in the form of DynamoDB's API."""


def line_item(line: OrderLine) -> Item:
    """The item of the Invoices table that holds this line."""
    item: Item = {
        "InvoiceNo": {"N": str(invoice_number(line.InvoiceNo))},
        "LineKey": {"S": line_key(line)},
        "StockCode": {"S": line.StockCode},
        "Quantity": {"N": str(line.Quantity)},
        "InvoiceDate": {"S": line.InvoiceDate.isoformat()},
        "UnitPrice": {"N": str(line.UnitPrice)},
        "Country": {"S": line.Country},
        "Occurrence": {"N": str(line.Occurrence)},
        "LineId": {"S": line.LineId},
    }
    if line.Description is not None:
        item["Description"] = {"S": line.Description}
    if line.CustomerID is not None:
        item["CustomerID"] = {"N": str(line.CustomerID)}
    for name in ADDED:
        if (value := getattr(line, name)) is not None:
            item[name] = _attribute(value)
    return item


def key_of(line: OrderLine) -> Item:
    """The key of the item of the Invoices table that holds this line."""
    return {
        INVOICES.partition: {INVOICES.partition_type: str(invoice_number(line.InvoiceNo))},
        INVOICES.sort: {INVOICES.sort_type: line_key(line)},
    }


def line(item: Mapping[str, Any]) -> OrderLine:
    """The line of an item of the Invoices table. Its LineId is not verified."""
    description, customer = item.get("Description"), item.get("CustomerID")
    first = OrderLine(
        item["LineKey"]["S"].split("#", 1)[0],
        item["StockCode"]["S"],
        description["S"] if description else None,
        int(item["Quantity"]["N"]),
        datetime.fromisoformat(item["InvoiceDate"]["S"]),
        _amount(item["UnitPrice"]["N"]),
        int(customer["N"]) if customer else None,
        item["Country"]["S"],
        int(item["Occurrence"]["N"]),
        item["LineId"]["S"],
    )
    if not _ADDED:
        return first
    added = {name: _OF_TEXT[kind](*item[name].values()) for name, kind in _ADDED.items() if name in item}
    return replace(first, **added)


def whole_line(item: Mapping[str, Any]) -> OrderLine:
    """The line of an item, as `line` reads it; raises `NewerRecord` if the item has other attributes besides."""
    if newer := item.keys() - _ATTRIBUTES:
        raise NewerRecord(f"line {item['LineId']['S']} has fields of a later version: {', '.join(sorted(newer))}")
    return line(item)


def _attribute(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"S": value.isoformat()}
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def summary_item(summary: InvoiceSummary) -> Item:
    """The item of the Customers table that holds this summary."""
    return {
        "CustomerID": {"N": str(summary.CustomerID)},
        "InvoiceNo": {"S": summary.InvoiceNo},
        "InvoiceDate": {"S": summary.InvoiceDate.isoformat()},
        "Country": {"S": summary.Country},
        "Lines": {"N": str(summary.Lines)},
        "Units": {"N": str(summary.Units)},
        "Amount": {"N": str(summary.Amount)},
        "Version": {"N": str(summary.Version)},
    }


def summary(item: Mapping[str, Any]) -> InvoiceSummary:
    """The summary of an item of the Customers table."""
    return InvoiceSummary(
        int(item["CustomerID"]["N"]),
        item["InvoiceNo"]["S"],
        datetime.fromisoformat(item["InvoiceDate"]["S"]),
        item["Country"]["S"],
        int(item["Lines"]["N"]),
        int(item["Units"]["N"]),
        _amount(item["Amount"]["N"]),
        int(item["Version"]["N"]),
    )


def _amount(text: str) -> Decimal:
    """The number with our decimals: the table may return 1E+2 for 100."""
    return plain(thousandths(Decimal(text)))


_OF_TEXT: Final[Mapping[Kind, Callable[[str], Any]]] = {
    Kind.TEXT: str,
    Kind.INT32: int,
    Kind.INT64: int,
    Kind.LOCAL_TIME: datetime.fromisoformat,
    Kind.MONEY: _amount,
}
_ADDED: Final = {column.name: column.kind for column in COLUMNS if column.name in ADDED}
_ATTRIBUTES: Final = frozenset({*NAMES, INVOICES.sort})
