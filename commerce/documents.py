"""Documents of order lines: a file as numbered records, and the records as lines.

The producer, reconcile and the batch jobs read files by this module alone, so a row has the same fields, the same
line number and the same LineId whichever of them reads it, and in whichever form it comes:

* separated by comma, tab, semicolon or bar (told by the header), lines ending with LF or CRLF, with a BOM or without;
* UTF-8 and Latin-1, even mixed (`commerce.records`);
* the columns in any order. Columns besides are ignored, with a note: exports carry more than we ask for. (The API
  refuses unknown names instead: who writes a request means each of them.)
* packed by gzip, or in a zip, in which each document counts as a file of its own (`commerce.wrappings`);
* with other titles, another form of dates and constant values, where a map tells of them (`commerce.column_maps`).
"""

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import BinaryIO

import msgspec

from commerce.column_maps import PLAIN, ColumnMap
from commerce.copies import Copies
from commerce.errors import FieldError, InvalidRow, UnreadableDocument, shown
from commerce.lines import OrderLine, order_row
from commerce.records import Record, records
from commerce.wrappings import unwrapped


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record, read: the line that it is, or the errors for which it is refused.

    `member` is the name of its document inside a zip, and empty elsewhere; line numbers are counted in each.
    """

    line_number: int
    cells: list[str]
    line: OrderLine | None
    errors: tuple[FieldError, ...] = ()
    member: str = ""

    def within(self, name: str) -> str:
        """The document that the entry stands in, as errors name it: the file, or the document in the zip."""
        return f"{name}/{self.member}" if self.member else name


def _unheard(note: str) -> None:
    """Notes that nobody wants."""


def order_lines(
    name: str, document: BinaryIO, form: ColumnMap = PLAIN, note: Callable[[str], None] = _unheard
) -> Iterator[Entry]:
    """Every record of the file's documents after their headers, as a line or as refused, in order.

    Copies are counted over the whole of each document. `name` stands in errors; `note` is told what is ignored.
    Raises `UnreadableDocument` where records cannot be told: no header, a column missing, an unclosed quote, a record
    above 1 MB, bytes that are no text, a gzip or zip that is broken or ends too early.
    """
    for it in unwrapped(name, document, note):
        inner = f"{name}/{it.member}" if it.member else name
        found = records(inner, it.wrapping, it.document, form.titles.values(), form.delimiter)
        yield from _entries(inner, it.member, found, form, note)


def _entries(
    name: str, member: str, found: Iterator[Record], form: ColumnMap, note: Callable[[str], None]
) -> Iterator[Entry]:
    header = next(found, None)
    if header is None:
        titles = ", ".join(form.titles.values())
        raise UnreadableDocument(f"{name} is empty: its first line must name the columns {titles}")
    columns = _columns(name, header, form, note)
    with Copies() as copies:
        for record in found:
            if record.cells:  # a blank line is no record
                yield _entry(record, member, columns, len(header.cells), form, copies)


def _entry(
    record: Record, member: str, columns: Sequence[tuple[str, int]], width: int, form: ColumnMap, copies: Copies
) -> Entry:
    cells = record.cells
    if len(cells) != width:
        wrong = FieldError("record", shown(f"{len(cells)} cells"), f"must have {width} cells, as the header has")
        return Entry(record.line_number, cells, None, (wrong,), member)
    fields = {name: cells[at] for name, at in columns}
    try:
        line = copies.line(form.row(fields) if form.converts else order_row(fields))
    except InvalidRow as invalid:
        return Entry(record.line_number, cells, None, invalid.errors, member)
    return Entry(record.line_number, cells, line, (), member)


def _columns(name: str, header: Record, form: ColumnMap, note: Callable[[str], None]) -> list[tuple[str, int]]:
    """Each field and the position of its column; columns of other names are left out."""
    titles = [cell.strip() for cell in header.cells]
    wanted = form.titles.values()
    if missing := [title for title in wanted if title not in titles]:
        others = [title for title in titles if title and title not in wanted]
        raise UnreadableDocument(
            f"{name}, line {header.line_number}: no column {', '.join(missing)} among {shown(', '.join(titles))}"
            + _hint(missing, others)
        )
    if repeated := [title for title in dict.fromkeys(wanted) if titles.count(title) > 1]:
        raise UnreadableDocument(f"{name}, line {header.line_number}: column {', '.join(repeated)} stands twice")
    if ignored := [title for title in titles if title not in wanted]:
        what, is_no = ("columns", "are no fields") if len(ignored) > 1 else ("column", "is no field")
        note(f"{name}: {what} {shown(', '.join(ignored))} {is_no} of an order line: ignored")
    return [(field, titles.index(title)) for field, title in form.titles.items()]


def _hint(missing: Sequence[str], others: Sequence[str]) -> str:
    """Which other column may be meant, if one is much like a missing one."""
    for title in missing:
        by_lower = {other.lower(): other for other in others}
        if alike := get_close_matches(title.lower(), by_lower, 1, 0.75):
            return f"; if {shown(by_lower[alike[0]])} is {title}, a map says so (--map FILE)"
    return ""
