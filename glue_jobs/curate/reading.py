"""Parses one input into lines and refused rows, by the same code as the client and the stream's consumer."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, BinaryIO

from commerce import raw
from commerce.batches.records import Input, Taken
from commerce.erasures import NOTHING, marked_line
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
    erased: Collection[str] = NOTHING,
) -> Taken:
    """Read a dropped file to its end, passing on each line and each refused row, this with the ids that it has.

    A line that was `erased` is dropped, and counts as a row alone.
    Raises `UnreadableDocument` where it cannot be read: nothing that was handed on may count then.
    """
    rows = lines = refused = 0
    columns: dict[str, int] = {}
    for entry in order_lines(file.key, document, see_columns=columns.update):
        rows += 1
        if entry.line is None:
            refused += 1
            cells = {name: entry.cells[at] for name, at in columns.items() if at < len(entry.cells)}
            refuse(refused_row(file.key, entry), row_ids(cells))
        elif entry.line.LineId not in erased:
            lines += 1
            accept(entry.line)
    return Taken(file.key, file.etag, rows, lines, refused)


def quarantined(file: Input, error: UnreadableDocument) -> tuple[Taken, RefusedRow]:
    """The record of a file that cannot be read, for the outcome and for quarantine."""
    return Taken(file.key, file.etag, 0, 0, 0, str(error)), refused_file(file.key, str(error))


def messages(topic: str, body: bytes) -> Iterator[OrderLine | Quarantined | None]:
    """Each message of a raw object: its line, or the message for quarantine; None for an erased line's mark."""
    for stored in raw.lines(body):
        if marked_line(stored.value):
            yield None
        else:
            yield checked(topic, stored.partition, stored.offset, stored.timestamp, stored.key, stored.value)
