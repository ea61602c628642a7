"""The keys of the platform's tables and of its messages: each attribute's name, type and value, written once.

Invoices   InvoiceNo (number: the digits)   LineKey = InvoiceNo#StockCode#LineId
Customers  CustomerID (number)              InvoiceNo (text), local index on InvoiceDate
Offsets    Cluster (text)                   TopicPartition (text)
"""

from dataclasses import dataclass
from typing import Final

from commerce.lines import OrderLine


@dataclass(frozen=True, slots=True)
class TableKey:
    """A table's key: the attributes' names and DynamoDB types (`N` number, `S` text), and its local index if any."""

    partition: str
    partition_type: str
    sort: str
    sort_type: str
    index: str | None = None
    index_sort: str | None = None


INVOICES: Final = TableKey("InvoiceNo", "N", "LineKey", "S")
CUSTOMERS: Final = TableKey("CustomerID", "N", "InvoiceNo", "S", index="ByInvoiceDate", index_sort="InvoiceDate")
OFFSETS: Final = TableKey("Cluster", "S", "TopicPartition", "S")


def invoice_number(invoice_no: str) -> int:
    """The number by which an invoice is filed: its digits.

    >>> invoice_number("C536379"), invoice_number("536379")
    (536379, 536379)
    """
    return int(invoice_no if invoice_no[0].isdigit() else invoice_no[1:])


def line_key_prefix(invoice_no: str) -> str:
    """The common prefix of the line keys of this invoice, and of no other.

    >>> line_key_prefix("C536379")
    'C536379#'
    """
    return f"{invoice_no}#"


def line_key(line: OrderLine) -> str:
    """The sort key of a line among the lines of its invoice number: `InvoiceNo#StockCode#LineId`."""
    return f"{line.InvoiceNo}#{line.StockCode}#{line.LineId}"


def message_key(line: OrderLine) -> bytes:
    """The Kafka key of a line. All lines of an invoice are in one partition, in order."""
    return line.InvoiceNo.encode()


def topic_partition(topic: str, partition: int) -> str:
    """The ledger's sort key of a partition.

    >>> topic_partition("order-lines", 3)
    'order-lines#3'
    """
    return f"{topic}#{partition}"
