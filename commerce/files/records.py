"""The records of one document: its bytes as numbered rows of cells, read no further than one record.

A record is decoded as UTF-8 where it is valid UTF-8, else as Windows-1252, each by itself: real exports mix both. The
bytes are first read as Latin-1, which keeps each byte and leaves every quote and comma where it is. The five bytes that
Windows-1252 gives no character stay control characters, which no field takes.

Lines end with LF or CRLF; where the first one ends with a CR alone, as old Mac programs write it, each CR ends one. A
first line such as `sep=;` is Excel's, and names the delimiter.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO, Final, cast

import msgspec

from commerce.errors import NotCsv, UnreadableDocument, shown
from commerce.files.formats import BEGINNING_BYTES, not_csv
from commerce.files.wrappings import BROKEN, Rejoined

LONGEST_RECORD: Final = 1_000_000
"""Bytes of one record above which a document is quarantined."""

DELIMITERS: Final = (",", "\t", ";", "|")
"""The accepted delimiters between two cells."""

_WINDOWS_1252: Final = {byte: text for byte in range(0x80, 0xA0) if (text := bytes([byte]).decode("cp1252", "ignore"))}
_SEPARATOR: Final = re.compile('"?sep=(.)"?[\r\n]*', re.IGNORECASE)
_QUOTED: Final = re.compile('"[^"]*"?')
_CARRIAGE_RETURN: Final = re.compile("\r(?!\n)")
_CR_INSIDE: Final = "a carriage return inside a cell: lines must end with LF or CRLF"
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

    Where no delimiter is given it is the one that a line `sep=` names, else the one by which most of these titles are
    found in the header. Raises `UnreadableDocument` if the records cannot be found.
    """
    lines = _Lines(name, wrapping, document)
    delimiter = delimiter or lines.separator or _delimiter(lines.first, titles)
    begins, rest = lines.first_number, iter(lines)
    try:
        for line in rest:
            text, taken = _text(line).rstrip("\r\n"), 1
            if '"' in text or "\r" in text or len(line) > LONGEST_RECORD:
                reader = csv.reader(_of_one_record(line, rest), delimiter=delimiter, strict=True)
                cells = _decoded(next(reader))
                taken = reader.line_num
            else:
                # what csv.reader makes of a line without quotes, in a third of the time
                cells = text.split(delimiter) if text else []
            yield Record(begins, cells)
            begins += taken
    except csv.Error as error:
        raise UnreadableDocument(f"{name}, line {begins}: {_reason(error)}") from None


def _of_one_record(line: bytes, rest: Iterator[bytes]) -> Iterator[str]:
    """This line and those behind it, which must not have more bytes than a record may have."""
    read = 0
    for one in chain((line,), rest):
        read += len(one)
        if read > LONGEST_RECORD:
            raise csv.Error(_too_long(one.decode("latin-1")))
        yield one.decode("latin-1")


def _delimiter(first: str, titles: Collection[str]) -> str:
    """The delimiter of the first line: the one that yields most titles, then most cells."""

    wanted = {title.casefold() for title in titles}

    def found(delimiter: str) -> tuple[int, int]:
        try:
            cells = _decoded(next(csv.reader([first], delimiter=delimiter), []))
        except csv.Error:
            return (0, 0)
        return sum(cell.strip().casefold() in wanted for cell in cells), len(cells)

    return max(DELIMITERS, key=found)


def _reason(error: csv.Error) -> str:
    text = str(error)
    if text == "unexpected end of data":
        return f"{text}: a quote is never closed"
    if text.startswith("new-line character seen in unquoted field"):
        return _CR_INSIDE
    return text


def _too_long(line: str) -> str:
    if _CARRIAGE_RETURN.search(_QUOTED.sub("", line)):
        return _CR_INSIDE
    return f"a record above {LONGEST_RECORD:,} bytes, or a quote that is never closed"


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1").translate(_WINDOWS_1252)


def _decoded(cells: list[str]) -> list[str]:
    try:
        return [cell.encode("latin-1").decode("utf-8") for cell in cells]
    except UnicodeDecodeError:
        return [cell.translate(_WINDOWS_1252) for cell in cells]


class _Lines:
    """The physical lines of a document, none read further than the longest record; their beginning as Latin-1 text."""

    def __init__(self, name: str, wrapping: str, document: BinaryIO) -> None:
        self._name = name
        self._wrapping = wrapping
        self._document = document
        self._readline: Callable[[int], bytes] = document.readline
        self.first_number = 1
        read = self._read()
        if what := not_csv(read[:BEGINNING_BYTES].encode("latin-1"), name, wrapping):
            raise NotCsv(f"{name}, line 1: is not CSV but {what}")
        self.first = read.removeprefix(_BOM)
        if _CARRIAGE_RETURN.search(_QUOTED.sub("", self.first)):
            self.first = self._end_lines_with_cr(self.first)
        self.separator = self._separator(self.first)
        if self.separator:
            self.first_number = 2
            self.first = self._read()

    def _end_lines_with_cr(self, read: str) -> str:
        """Let each CR end a line from here on; returns the first such line of the text read so far."""
        again = io.BufferedReader(cast(io.RawIOBase, Rejoined(read.encode("latin-1"), self._document)))
        # newline="": a line ends with any of CR, LF and CRLF, and keeps it
        text = io.TextIOWrapper(again, "latin-1", newline="")

        def readline(most: int) -> bytes:
            return text.readline(most).encode("latin-1")

        self._readline = readline
        return self._read()

    def _separator(self, first: str) -> str | None:
        """The delimiter named by a first line such as `sep=;`; None if the first line is the header."""
        if not (matched := _SEPARATOR.fullmatch(first)):
            return None
        if matched[1] not in DELIMITERS:
            known = "comma, tab, semicolon or bar"
            raise UnreadableDocument(
                f"{self._name}, line 1: {shown(first.strip())} names a delimiter other than {known}"
            )
        return matched[1]

    def __iter__(self) -> Iterator[bytes]:
        """The lines from the first one on."""
        if not self.first:
            return
        number = self.first_number
        try:
            yield self.first.encode("latin-1")
            for line in iter(partial(self._readline, LONGEST_RECORD + 1), b""):
                number += 1
                yield line
        except BROKEN as error:
            raise self._broken(number + 1, error) from None

    def _read(self) -> str:
        try:
            line = self._readline(LONGEST_RECORD + 1)
        except BROKEN as error:
            raise self._broken(self.first_number, error) from None
        return line.decode("latin-1")

    def _broken(self, number: int, error: Exception) -> UnreadableDocument:
        return UnreadableDocument(f"{self._name}, line {number}: broken {self._wrapping}: {error}")
