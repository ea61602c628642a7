"""The records of one document: its bytes as numbered rows of cells, read no further than one record.

A record is decoded as UTF-8 where it is valid UTF-8, else as Latin-1, each by itself: real exports mix both. The
bytes are first read as Latin-1, which keeps each byte and leaves every quote and comma where it is.
"""

import csv
from collections.abc import Collection, Iterator
from typing import BinaryIO, Final

import msgspec

from commerce.errors import UnreadableDocument
from commerce.formats import BEGINNING_BYTES, not_csv
from commerce.wrappings import BROKEN

LONGEST_RECORD: Final = 1_000_000
"""Bytes of one record above which a document is set aside."""

DELIMITERS: Final = (",", "\t", ";", "|")
"""What may stand between two cells."""

_BOM: Final = "\xef\xbb\xbf"  # UTF-8's byte order mark, read as Latin-1

csv.field_size_limit(LONGEST_RECORD)


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a document: the number of its first physical line (the header is 1) and its cells as text."""

    line_number: int
    cells: list[str]


def records(
    name: str, wrapping: str, document: BinaryIO, titles: Collection[str], delimiter: str | None = None
) -> Iterator[Record]:
    """The document's records, header first, with the line number at which each begins.

    Where no delimiter is given it is the one by which most of these titles are found in the first line. Raises
    `UnreadableDocument` where the records cannot be told.
    """
    lines = _Lines(name, wrapping, document)
    reader = csv.reader(lines, delimiter=delimiter or _delimiter(lines.first, titles), strict=True)
    while True:
        begins = lines.record_begins()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableDocument(f"{name}, line {begins}: {_reason(error)}") from None
        yield Record(begins, _decoded(cells))


def _delimiter(first: str, titles: Collection[str]) -> str:
    """The delimiter that the first line is written with: the one that yields most titles, then most cells."""

    def found(delimiter: str) -> tuple[int, int]:
        try:
            cells = _decoded(next(csv.reader([first], delimiter=delimiter), []))
        except csv.Error:
            return (0, 0)
        return sum(cell.strip() in titles for cell in cells), len(cells)

    return max(DELIMITERS, key=found)


def _reason(error: csv.Error) -> str:
    text = str(error)
    if text == "unexpected end of data":
        return f"{text}: a quote is never closed"
    if text.startswith("new-line character seen in unquoted field"):
        return "a carriage return inside a cell: lines must end with LF or CRLF"
    return text


def _decoded(cells: list[str]) -> list[str]:
    if all(map(str.isascii, cells)):
        return cells
    try:
        return [cell.encode("latin-1").decode("utf-8") for cell in cells]
    except UnicodeDecodeError:
        return cells


class _Lines:
    """The physical lines of a document as Latin-1 text, counted, none read further than the longest record."""

    def __init__(self, name: str, wrapping: str, document: BinaryIO) -> None:
        self._name = name
        self._wrapping = wrapping
        self._document = document
        self._count = 0
        self._began = 1
        self._record_bytes = 0
        read = self._read()
        if what := not_csv(read[:BEGINNING_BYTES].encode("latin-1"), name, wrapping):
            raise UnreadableDocument(f"{name}, line 1: is no CSV but {what}")
        self.first = self._pending = read.removeprefix(_BOM)

    def record_begins(self) -> int:
        """The number of the line that comes next, at which a record begins."""
        self._record_bytes = 0
        self._began = self._count if self._pending else self._count + 1
        return self._began

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line, self._pending = self._pending or self._read(), ""
        self._record_bytes += len(line)
        if self._record_bytes > LONGEST_RECORD:
            reason = f"a record above {LONGEST_RECORD:,} bytes, or a quote that is never closed"
            raise UnreadableDocument(f"{self._name}, line {self._began}: {reason}")
        if not line:
            raise StopIteration
        return line

    def _read(self) -> str:
        try:
            line = self._document.readline(LONGEST_RECORD + 1)
        except BROKEN as error:
            reason = f"broken {self._wrapping}: {error}"
            raise UnreadableDocument(f"{self._name}, line {self._count + 1}: {reason}") from None
        self._count += bool(line)
        return line.decode("latin-1")
