"""Documents of order lines: a file as numbered records, and the records as lines.

The producer, reconcile and the batch jobs read files by this module alone, so a row has the same fields, the same
line number and the same LineId whichever of them reads it, and in whichever form it comes:

* separated by comma, tab, semicolon or bar (found in the header, or in Excel's first line `sep=;`), lines ending with
  LF, CRLF or CR, with a BOM or without;
* UTF-8 and Windows-1252, even mixed (`commerce.files.records`);
* without cells that would be taken for something other than was meant (`commerce.files.doubtful_cells`);
* the columns in any order, their titles in any case (`commerce.files.headers`). Others are ignored, with a note:
  exports carry more than we ask for. (The API refuses unknown names instead: who writes a request means each of them.)
* packed by gzip, or in a zip, in which each document counts as a file of its own (`commerce.files.wrappings`);
* with other titles, another form of dates and constant values, by a map (`commerce.files.column_maps`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

import msgspec

from commerce.copies import Copies
from commerce.errors import FieldError, InvalidRow, SuspectDates, UnreadableDocument
from commerce.files.column_maps import PLAIN, ColumnMap
from commerce.files.date_order import Evidence, examine, form_order, held, may_mislead
from commerce.files.headers import columns
from commerce.files.records import Record, records
from commerce.files.rows import reader
from commerce.files.wrappings import Unwrapped, readable_again, unwrapped
from commerce.fragments import Fragments
from commerce.lines import CLAIMS, OrderLine
from commerce.wire import encode


class _Read(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    row: Fragments | None = None


class Entry(_Read, frozen=True, gc=False):
    """One record: its line, or the errors for which it is refused; `row` is the line's row.

    `member` is the name of its document inside a zip, and empty elsewhere; line numbers are counted in each.
    """

    line_number: int
    cells: list[str]
    line: OrderLine | None
    errors: tuple[FieldError, ...] = ()
    member: str = ""

    def within(self, name: str) -> str:
        """The document of the entry in errors: the file, or the document in the zip."""
        return f"{name}/{self.member}" if self.member else name

    def wire(self) -> bytes:
        """The wire form of the line; empty where there is none."""
        if self.line is None:
            return b""
        return encode(self.line) if self.row is None else self.row.wire(self.line.Occurrence, self.line.LineId)


def _unheard(note: str) -> None:
    """A `note` that drops remarks."""


def order_lines(
    name: str,
    document: BinaryIO,
    form: ColumnMap = PLAIN,
    note: Callable[[str], None] = _unheard,
    see_columns: Callable[[Mapping[str, int]], None] = lambda _: None,
) -> Iterator[Entry]:
    """Every record of the file's documents after their headers, as a line or as refused, in order.

    Copies are counted over the whole of each document. Errors begin with `name`; `note` receives remarks on ignored
    columns, and `see_columns` each document's columns before its rows: a field's position in the record.
    Raises `UnreadableDocument` if records cannot be found: no header, a column missing, an unclosed quote, a record
    above 1 MB, bytes that are not text, a gzip or zip that is broken or ends too early.
    """
    with readable_again(document) as document:
        if document.seekable():
            check_dates(name, document, form)
        for it in unwrapped(name, document, note):
            yield from _entries(it.within(name), it, form, note, see_columns)


def check_dates(name: str, document: BinaryIO, form: ColumnMap = PLAIN) -> None:
    """Raise `SuspectDates` if a document of the file has dates that `order_lines` would misread.

    What else is wrong with the file is not looked at, and the document stands where it stood.
    """
    if not _dates_may_mislead(form):
        return
    start = document.tell()
    try:
        for it in unwrapped(name, document, _unheard):
            _examine_dates(it.within(name), it, form)
    except SuspectDates:
        raise
    except UnreadableDocument:  # whoever reads the rows says it
        pass
    document.seek(start)


def check(name: str, document: BinaryIO) -> None:
    """Raise `UnreadableDocument` if `order_lines` would accept no row of some document of this plain file.

    That is one that is not CSV, is empty, lacks a column or has suspect dates (`SuspectDates`). No other error behind
    the header is looked for.
    """
    for it in unwrapped(name, document, _unheard):
        inner = it.within(name)
        _header(inner, _records(inner, it, PLAIN), PLAIN, _unheard)
        _examine_dates(inner, it, PLAIN)


def _entries(
    name: str,
    it: Unwrapped,
    form: ColumnMap,
    note: Callable[[str], None],
    see_columns: Callable[[Mapping[str, int]], None],
) -> Iterator[Entry]:
    found = _records(name, it, form)
    width, places = _header(name, found, form, note)
    see_columns(places)
    if _dates_may_mislead(form) and not it.again:
        found = held(found, Evidence(name, places["InvoiceDate"], form.date))
    with Copies() as copies:
        entry = _Reader(it.member, width, places, form, copies).entry
        for record in found:
            if record.cells:  # a blank line is not a record
                yield entry(record)


def _header(
    name: str, found: Iterator[Record], form: ColumnMap, note: Callable[[str], None]
) -> tuple[int, dict[str, int]]:
    """The header's number of cells, and the position of each field's column."""
    header = next(found, None)
    if header is None:
        titles = ", ".join(form.titles.values())
        raise UnreadableDocument(f"{name} is empty: its first line must name the columns {titles}")
    return len(header.cells), columns(name, header.line_number, header.cells, form.titles, note)


def _records(name: str, it: Unwrapped, form: ColumnMap) -> Iterator[Record]:
    return records(name, it.wrapping, it.opened(), form.titles.values(), form.delimiter)


def _dates_may_mislead(form: ColumnMap) -> bool:
    """Whether another order of day and month than the map's, or the data set's where no map says one, could be read."""
    return "InvoiceDate" in form.titles and (form.date is None or form_order(form.date) is not None)


def _examine_dates(name: str, it: Unwrapped, form: ColumnMap) -> None:
    """Read the dates of the whole document; raises only `SuspectDates`, since reading the rows reports other errors."""
    if not may_mislead(it.opened(), form.date):
        return
    found = _records(name, it, form)
    try:
        places = _header(name, found, form, _unheard)[1]
    except UnreadableDocument:
        return
    examine(found, Evidence(name, places["InvoiceDate"], form.date))


class _Reader:
    """Reads a document's records as entries; `places` is the position of each field's and each claim's cell."""

    def __init__(self, member: str, width: int, places: Mapping[str, int], form: ColumnMap, copies: Copies) -> None:
        self._member = member
        self._row = reader(width, places, form)
        self._row_of_identified = reader(width, places, form, identified=True)
        self._copies = copies
        self._claims = [(claim, at) for claim, at in places.items() if claim in CLAIMS]

    def entry(self, record: Record) -> Entry:
        """The record as a line, or as refused."""
        cells = record.cells
        try:
            if self._claims:
                return self._claimed(record)
            row = self._row(cells)
        except InvalidRow as invalid:
            return Entry(record.line_number, cells, None, invalid.errors, self._member)
        return Entry(record.line_number, cells, self._copies.line_of(row), (), self._member, row=row)

    def _claimed(self, record: Record) -> Entry:
        """The record as the line that it claims to be. Raises `InvalidRow`."""
        cells = record.cells
        claimed = {claim: cells[at].strip(" ") for claim, at in self._claims if at < len(cells)}
        row = (self._row_of_identified if claimed.get("LineId") else self._row)(cells)
        line, errors = self._copies.claimed_line(row.row(), claimed)
        return Entry(record.line_number, cells, None if errors else line, errors, self._member, row=row)
