"""Files with other columns converted to plain CSV for the job curate, which does not read column maps.

The plain file holds the same lines, on the same line numbers, and columns of added fields, Occurrence and LineId if its
source has them. A refused row stays refused: it becomes a record of one cell, which holds what is wrong and the row
itself, and curate quarantines it with its line number. Each document of a zip becomes a file of its own, since copies
are counted in each.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from commerce.files.column_maps import ColumnMap
from commerce.files.documents import Entry, order_lines
from commerce.lines import ADDED, CLAIMS, FIRST_FIELDS
from console.files import SUFFIXES, opened

_LONGEST_REFUSED: Final = 10_000
"""Characters kept of a refused row."""


class Converted(msgspec.Struct):
    """A converted plain file: its source, name and path, and how many of its rows are refused."""

    source: str
    name: str
    path: Path
    rows: int = 0
    refused: int = 0


def converted(file: Path, form: ColumnMap, folder: Path, note: Callable[[str], None]) -> list[Converted]:
    """Convert every document of this file to a plain file in the folder. Raises `UnreadableDocument`."""
    made: dict[str, Converted] = {}
    header: list[str] = []

    def see_columns(places: Mapping[str, int]) -> None:
        header[:] = (*FIRST_FIELDS, *(it for it in (*ADDED, *CLAIMS) if it in places or it in form.values))

    with opened(file) as (name, document), ExitStack() as files:
        plain: _PlainFile | None = None
        for entry in order_lines(name, document, form, note, see_columns):
            if entry.member not in made:
                path = folder / str(len(list(folder.iterdir())))
                made[entry.member] = Converted(entry.within(name), plain_name(file.name, entry.member), path)
                plain = _PlainFile(files.enter_context(path.open("wb")), header)
            assert plain is not None
            plain.add(entry)
            made[entry.member].rows += 1
            made[entry.member].refused += entry.line is None
    if not made:
        note(f"{file} has no rows: nothing to convert")
    return list(made.values())


def plain_name(file: str, member: str) -> str:
    """The name of a plain file.

    >>> plain_name("day.tsv.gz", ""), plain_name("days.zip", "december/1.csv")
    ('day.csv', 'days-december-1.csv')
    """
    stem = _stem(file)
    return f"{stem}-{_stem(member.replace('/', '-'))}.csv" if member else f"{stem}.csv"


def _stem(name: str) -> str:
    endings = [ending for ending in (*SUFFIXES, ".txt", ".txt.gz", ".zip", ".gz") if name.lower().endswith(ending)]
    return name[: -len(max(endings, key=len))] if endings else name


def _cell(value: object) -> str:
    """The cell of a plain file with this value.

    >>> _cell(None), _cell(Decimal("2.5")), _cell(datetime(2010, 12, 1, 8, 26))
    ('', '2.5', '2010-12-01 08:26:00')
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


class _PlainFile:
    """A CSV file of the header's columns that puts each record on the line number it has in its source."""

    def __init__(self, file: BinaryIO, header: Sequence[str]) -> None:
        self._file = file
        self._columns = header
        self._next_line = 1
        self._record(header)

    def add(self, entry: Entry) -> None:
        """Add the row, after as many blank lines as its line number needs."""
        self._file.write(b"\n" * (entry.line_number - self._next_line))
        self._next_line = max(self._next_line, entry.line_number)
        if entry.line is None:
            reasons = "; ".join(map(str, entry.errors))
            row = msgspec.json.encode(entry.cells).decode()
            self._record([f"refused: {reasons}: {row}"[:_LONGEST_REFUSED]])
            return
        self._record([_cell(getattr(entry.line, column)) for column in self._columns])

    def _record(self, cells: Sequence[str]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        self._file.write(text.getvalue().encode())
        self._next_line += 1
