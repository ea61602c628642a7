"""Parses one input into lines and refused rows, by the same code as the client and the stream's consumer."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from commerce import raw
from commerce.batches import Input, Taken
from commerce.errors import UnreadableDocument
from commerce.files.documents import order_lines
from commerce.lines import OrderLine
from commerce.quarantine import Quarantined, RefusedRow, checked, refused_file, refused_row
from commerce.row_ids import row_ids


def read_file(
    file: Input,
    document: BinaryIO,
    accept: Callable[[OrderLine], None],
    refuse: Callable[[RefusedRow, Mapping[str, Any]], None],
) -> Taken:
    """Read a dropped file to its end, passing on each line and each refused row, this with the ids that it has.

    Raises `UnreadableDocument` where it cannot be read: nothing that was handed on may count then.
    """
    rows = refused = 0
    columns: dict[str, int] = {}
    for entry in order_lines(file.key, document, see_columns=columns.update):
        rows += 1
        if entry.line is None:
            refused += 1
            cells = {name: entry.cells[at] for name, at in columns.items() if at < len(entry.cells)}
            refuse(refused_row(file.key, entry), row_ids(cells))
        else:
            accept(entry.line)
    return Taken(file.key, file.etag, rows, rows - refused, refused)


def quarantined(file: Input, error: UnreadableDocument) -> tuple[Taken, RefusedRow]:
    """The record of a file that cannot be read, for the outcome and for quarantine."""
    return Taken(file.key, file.etag, 0, 0, 0, str(error)), refused_file(file.key, str(error))


def messages(topic: str, body: bytes) -> Iterator[OrderLine | Quarantined]:
    """Each message of a raw object: its line, or the message for quarantine."""
    for stored in raw.lines(body):
        yield checked(topic, stored.partition, stored.offset, stored.timestamp, stored.key, stored.value)
