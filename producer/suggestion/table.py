"""The beginning of a file as columns, whatever its titles and its delimiter."""

import io
from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO, Final

import msgspec

from commerce.errors import NotCsv, UnreadableDocument
from commerce.files.records import DELIMITERS, records
from commerce.files.wrappings import BROKEN, unwrapped
from producer.suggestion.columns import Column, column
from producer.suggestion.titles import is_known

BYTES_LOOKED_AT: Final = 4_000_000
ROWS_LOOKED_AT: Final = 20_000


class Table(msgspec.Struct, frozen=True):
    """The beginning of a document: its bytes, delimiter, columns and rows; `whole` if it is the whole document."""

    body: bytes
    delimiter: str
    columns: list[Column]
    repeated: list[str]
    rows: int
    whole: bool


def beginning(name: str, document: BinaryIO) -> tuple[str, Table]:
    """The name of the file's first document, and its beginning. Raises `UnreadableDocument` if it is not a table."""
    for it in unwrapped(name, document, lambda _: None):
        inner = it.within(name)
        try:
            body = it.opened().read(BYTES_LOOKED_AT + 1)
        except BROKEN as error:
            raise UnreadableDocument(f"{inner}: broken {it.wrapping}: {error}") from None
        if not body.strip():
            raise UnreadableDocument(f"{inner} is empty: its first line must name the columns")
        return inner, _table(inner, it.wrapping, body)
    raise UnreadableDocument(f"{name} holds no document")


def _table(name: str, wrapping: str, body: bytes) -> Table:
    whole = len(body) <= BYTES_LOOKED_AT
    if not whole:
        body = body[: body.rfind(b"\n") + 1]
    read = {it: found for it in DELIMITERS if (found := _rows(name, wrapping, body, it))}
    if not read:
        raise UnreadableDocument(f"{name}: its first line holds no titles between commas, tabs, semicolons or bars")
    delimiter = max(read, key=lambda it: _likeness(read[it]))
    header, *rows = read[delimiter]
    titles = [title.strip() for title in header]
    times = Counter(titles)
    kept = [row for row in rows if len(row) == len(header)]
    columns = [
        column(title, [row[at] for row in kept]) for at, title in enumerate(titles) if title and times[title] == 1
    ]
    repeated = [title for title, its in times.items() if title and its > 1]
    return Table(body, delimiter, columns, repeated, len(rows), whole and len(rows) < ROWS_LOOKED_AT)


def _rows(name: str, wrapping: str, body: bytes, delimiter: str) -> list[list[str]]:
    """The header and the rows with this delimiter, up to the first that cannot be read. Raises `NotCsv`."""
    found: list[list[str]] = []
    try:
        for record in records(name, wrapping, io.BytesIO(body), (), delimiter):
            if record.cells:
                found.append(record.cells)
            if len(found) > ROWS_LOOKED_AT:
                break
    except NotCsv:
        raise
    except UnreadableDocument:  # another delimiter may read more
        pass
    return found


def _likeness(rows: Sequence[Sequence[str]]) -> tuple[int, float, int]:
    """How good a table the rows make: titles that name a field, rows as wide as the header, columns."""
    header = rows[0]
    wide = sum(len(row) == len(header) for row in rows[1:])
    return sum(map(is_known, header)), wide / max(1, len(rows) - 1), len(header)
