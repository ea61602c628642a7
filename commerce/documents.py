"""Documents of order lines: a CSV file as numbered records, and the records as lines.

The producer, reconcile and the batch jobs read files by this module alone, so a row has the same fields, the same
line number and the same LineId whichever of them reads it.

A record is decoded as UTF-8 where it is valid UTF-8, else as Latin-1, each by itself: real exports mix both. The
bytes are first read as Latin-1, which keeps each byte and leaves every quote and comma where it is.

A document that begins as gzip does is unwrapped, whatever its name.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, cast

import msgspec

from commerce.copies import Copies
from commerce.errors import FieldError, InvalidRow, UnreadableDocument, shown
from commerce.lines import FIELDS, OrderLine, order_row

LONGEST_RECORD: Final = 1_000_000
"""Bytes of one record above which a document is set aside."""

_DELIMITERS: Final = (",", "\t")
_GZIP: Final = b"\x1f\x8b"
_BOM: Final = "\xef\xbb\xbf"  # UTF-8's byte order mark, read as Latin-1

csv.field_size_limit(LONGEST_RECORD)


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a document: the number of its first physical line (the header is 1) and its cells as text."""

    line_number: int
    cells: list[str]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record, read: the line that it is, or the errors for which it is refused."""

    line_number: int
    cells: list[str]
    line: OrderLine | None
    errors: tuple[FieldError, ...] = ()


def order_lines(name: str, document: BinaryIO) -> Iterator[Entry]:
    """Every record of the document after its header, as a line or as refused, in order.

    Copies are counted over the whole document. `name` stands in errors. Raises `UnreadableDocument` where the
    document's records cannot be told: no header, a column missing, an unclosed quote, a record above 1 MB, a gzip that
    is broken or ends too early.
    """
    records = _records(name, _unwrapped(document))
    header = next(records, None)
    if header is None:
        raise UnreadableDocument(f"{name} is empty: its first line must name the columns {', '.join(FIELDS)}")
    columns = _columns(name, header)
    with Copies() as copies:
        for record in records:
            if record.cells:  # a blank line is no record
                yield _entry(record, columns, len(header.cells), copies)


def _unwrapped(document: BinaryIO) -> BinaryIO:
    """The document itself, or what it holds if it is gzip."""
    start = document.tell()
    begins = document.read(len(_GZIP))
    document.seek(start)
    return cast(BinaryIO, gzip.GzipFile(fileobj=document)) if begins == _GZIP else document


def _entry(record: Record, columns: Sequence[tuple[str, int]], width: int, copies: Copies) -> Entry:
    cells = record.cells
    if len(cells) != width:
        wrong = FieldError("record", shown(f"{len(cells)} cells"), f"must have {width} cells, as the header has")
        return Entry(record.line_number, cells, None, (wrong,))
    try:
        line = copies.line(order_row({name: cells[at] for name, at in columns}))
    except InvalidRow as invalid:
        return Entry(record.line_number, cells, None, invalid.errors)
    return Entry(record.line_number, cells, line)


def _columns(name: str, header: Record) -> list[tuple[str, int]]:
    """Each field and the position of its column; columns of other names are left out."""
    titles = [cell.strip() for cell in header.cells]
    missing = [field for field in FIELDS if field not in titles]
    if missing:
        raise UnreadableDocument(
            f"{name}, line {header.line_number}: no column {', '.join(missing)} among {shown(', '.join(titles))}"
        )
    repeated = [field for field in FIELDS if titles.count(field) > 1]
    if repeated:
        raise UnreadableDocument(f"{name}, line {header.line_number}: column {', '.join(repeated)} stands twice")
    return [(field, titles.index(field)) for field in FIELDS]


def _records(name: str, document: BinaryIO) -> Iterator[Record]:
    """The document's records, header first, with the line number at which each begins."""
    lines = _Lines(name, document)
    first = lines.first.removeprefix(_BOM)
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begins = lines.record_begins()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableDocument(f"{name}, line {begins}: {error}") from None
        yield Record(begins, _decoded(cells))


def _decoded(cells: list[str]) -> list[str]:
    if all(map(str.isascii, cells)):
        return cells
    try:
        return [cell.encode("latin-1").decode("utf-8") for cell in cells]
    except UnicodeDecodeError:
        return cells


class _Lines:
    """The physical lines of a document as Latin-1 text, counted, none read further than the longest record."""

    def __init__(self, name: str, document: BinaryIO) -> None:
        self._name = name
        self._document = document
        self._count = 0
        self._began = 1
        self._record_bytes = 0
        self.first = self._read()
        self._pending = self.first.removeprefix(_BOM)

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
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableDocument(f"{self._name}, line {self._count + 1}: broken gzip: {error}") from None
        self._count += bool(line)
        return line.decode("latin-1")
