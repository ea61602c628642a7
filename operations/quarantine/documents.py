"""A dropped file read again for its refused rows: their fields by the header, and the copies that it already has."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import BinaryIO

from commerce.errors import UnreadableDocument
from commerce.files.documents import order_lines
from commerce.identity import line_id
from commerce.quarantined.records import Record, named

Places = dict[str, int]
"""The columns of a document: each field's position in a record."""


def headers(name: str, document: BinaryIO) -> dict[str, Places]:
    """The columns of each document of the file by its name; empty where the file cannot be read."""
    found: dict[str, Places] = {}
    seen: list[Mapping[str, int]] = []
    try:
        for entry in order_lines(name, document, see_columns=seen.append):
            found.setdefault(entry.within(name), dict(seen[-1]))
    except UnreadableDocument:
        return {}
    return found


def with_fields(record: Record, known: Mapping[str, Places]) -> Record:
    """The row with its cells by name, if the header of its document is known and fits."""
    places = known.get(record.document)
    return named(record, places) if places else record


def accepted_copies(name: str, document: BinaryIO, wanted: Collection[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """How many copies of these rows the file's documents hold as accepted lines.

    A row is named by its document and the LineId of its first copy.
    """
    copies: Counter[tuple[str, str]] = Counter()
    for entry in order_lines(name, document):
        if entry.line is not None:
            row = (entry.within(name), line_id(entry.line, 1))
            if row in wanted:
                copies[row] = max(copies[row], entry.line.Occurrence)
    return copies


def by_file(records: Iterable[Record]) -> dict[tuple[str, str], list[Record]]:
    """The refused rows that could be mended, by the key and ETag of their file."""
    found: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if record.file is not None and not record.is_whole_file:
            found.setdefault(record.file, []).append(record)
    return found
