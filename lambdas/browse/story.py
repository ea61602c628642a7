"""A line's own story: where it is on its way from the topic to the warehouse."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commerce.errors import InvalidRow, NewerRecord
from commerce.lines import OrderLine
from commerce.wire import decode


class Delivery(msgspec.Struct, frozen=True):
    """A message of the topic that holds the line."""

    partition: int
    offset: int
    at: datetime


class TopicRead(msgspec.Struct, frozen=True, rename={"first": "from", "end": "to"}):
    """The offsets of the invoice's partition that were searched; `complete` if these are all that it holds."""

    first: int
    end: int
    complete: bool


class InFile(msgspec.Struct, frozen=True):
    """The line in its CSV file: which of the equal rows of the file it is, from 1."""

    copy: int


class InRawObject(msgspec.Struct, frozen=True):
    """An object of the raw archive that holds a delivery of the line."""

    key: str
    partition: int
    first_offset: int


class InTable(msgspec.Struct, frozen=True):
    """The key of the line's item in the Invoices table."""

    InvoiceNo: int
    LineKey: str


class InLake(msgspec.Struct, frozen=True):
    """The batch that took the raw object into the lake, and its snapshot, null where it had nothing to append."""

    batch: str
    snapshot_id: int | None
    source: str


class InWarehouse(msgspec.Struct, frozen=True):
    """The batch in the warehouse, and when its load was recorded."""

    batch: str
    at: datetime


class Story(msgspec.Struct, frozen=True):
    """A line and each place where it was found; a part is null, or empty, where it was not found.

    A line that came by a dropped file has no delivery, and its batch is not searched for. The topic is searched as far
    as one call may read.
    """

    line_id: str
    line: OrderLine
    csv: InFile
    topic: Sequence[Delivery]
    topic_read: TopicRead
    raw: Sequence[InRawObject]
    dynamodb: InTable | None
    lake: InLake | None
    warehouse: InWarehouse | None


def line_of(line_id: str, lines: Sequence[OrderLine]) -> OrderLine | None:
    """The line with this id among these."""
    return next((line for line in lines if line.LineId == line_id), None)


def held_in(value: bytes | None, invoice_no: str, line_id: str) -> OrderLine | None:
    """The line with this id, of this invoice, if it is the message's value.

    A message that names the id without being an order line of this invoice does not hold it.
    """
    if value is None or f'"LineId":"{line_id}"'.encode() not in value:
        return None
    try:
        line = decode(value)
    except (InvalidRow, NewerRecord):
        return None
    return line if (line.InvoiceNo, line.LineId) == (invoice_no, line_id) else None
