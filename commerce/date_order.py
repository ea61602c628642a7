"""Which number of a date such as 1/12/2010 is the day, as far as the rows of its own document prove it.

Such a date is read month first, as the data set writes it. In a document that also holds 13/12/2010, which can only be
day first, 1/12/2010 is suspect, so nothing of that document is taken until a map says how its dates are written.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from enum import Enum
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final

import msgspec

from commerce.errors import SuspectDates, UnreadableDocument, shown
from commerce.lines import full_year
from commerce.records import LONGEST_RECORD, Record
from commerce.wrappings import BROKEN

_BLOCK: Final = LONGEST_RECORD + 1
_HELD_IN_MEMORY: Final = 1_000_000
"""Bytes of held records above which they go to a temporary file."""

_SLASHES: Final = re.compile(b"/[0-9]{1,2}/[0-9]{2}")
_DATE: Final = re.compile("([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})(?![0-9])(.*)", re.DOTALL)
_TIMES: Final = (
    (re.compile(" +[0-9]{1,2}:[0-9]{2}"), " %H:%M"),
    (re.compile(" +[0-9]{1,2}:[0-9]{2}:[0-9]{2}"), " %H:%M:%S"),
    (re.compile(" +[0-9]{1,2}:[0-9]{2} +[AaPp][Mm]"), " %I:%M %p"),
    (re.compile(" +[0-9]{1,2}:[0-9]{2}:[0-9]{2} +[AaPp][Mm]"), " %I:%M:%S %p"),
    (re.compile(" *"), ""),
)

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Record).decode


class Order(Enum):
    """What a date with slashes proves by itself."""

    MONTH_FIRST = "month first"
    DAY_FIRST = "day first"
    EITHER = "either"


@lru_cache(maxsize=16_384)
def order(text: str) -> Order | None:
    """The orders in which a date with slashes exists; None where it is no such date, or exists in none.

    >>> order("12/1/2010 8:26"), order("13/1/10 8:26"), order("1/13/2010"), order("2010-12-01 08:26:00")
    (<Order.EITHER: 'either'>, <Order.DAY_FIRST: 'day first'>, <Order.MONTH_FIRST: 'month first'>, None)
    """
    if not (matched := _DATE.fullmatch(text.strip(" "))):
        return None
    one, other, year = int(matched[1]), int(matched[2]), full_year(matched[3])
    month_first, day_first = _exists(year, one, other), _exists(year, other, one)
    if month_first and day_first:
        return Order.EITHER
    return Order.MONTH_FIRST if month_first else Order.DAY_FIRST if day_first else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


class Evidence:
    """What the dates of one document's records prove, `at` being the column in which they stand."""

    def __init__(self, name: str, at: int) -> None:
        self._name = name
        self._at = at
        self._first: dict[Order, tuple[int, str]] = {}

    def add(self, record: Record) -> bool:
        """Look at a record; True where its date is one with slashes."""
        if self._at >= len(record.cells):
            return False
        text = record.cells[self._at]
        found = order(text)
        if found is not None:
            self._first.setdefault(found, (record.line_number, text))
        return found is not None

    def check(self) -> None:
        """Raise `SuspectDates` where a date can only be day first."""
        if Order.DAY_FIRST not in self._first:
            return
        number, text = self._first[Order.DAY_FIRST]
        begins = f"{self._name}, line {number}: the date {shown(text)} can only be day first"
        if Order.MONTH_FIRST in self._first:
            other, month_first = self._first[Order.MONTH_FIRST]
            raise SuspectDates(
                f"{begins}, and {shown(month_first)} in line {other} only month first: nothing of it is taken, since "
                "a date that could be either would be a guess; give all dates one form"
            )
        map_line = f'date = "{day_first_form(text)}"'
        either = self._first.get(Order.EITHER)
        suspect = f"; {shown(either[1])} in line {either[0]} could be either" if either else ""
        raise SuspectDates(
            f"{begins}: nothing of it is taken until a map says {map_line} (--map FILE){suspect}", map_line
        )


def day_first_form(text: str) -> str:
    """The form of a day-first date as a map says it.

    >>> day_first_form("13/12/2010 08:26"), day_first_form("13/12/10 8:26:00")
    ('%d/%m/%Y %H:%M', '%d/%m/%y %H:%M:%S')
    """
    matched = _DATE.fullmatch(text.strip(" "))
    assert matched is not None, text
    time = next((form for pattern, form in _TIMES if pattern.fullmatch(matched[4])), " %H:%M")
    return f"%d/%m/%{'Y' if len(matched[3]) == 4 else 'y'}{time}"


def may_hold_slashes(document: BinaryIO) -> bool:
    """Whether something like a date with slashes stands in the document, which is read from where it stands.

    Looks at the bytes alone, which takes a hundredth of the time of reading the rows, and not behind a line that is too
    long to be read.
    """
    tail = b""
    with suppress(*BROKEN):  # whoever reads the records says where
        while block := document.read(_BLOCK):
            if _SLASHES.search(block) or _SLASHES.search(tail + block[:8]):
                return True
            if len(block) == _BLOCK and b"\n" not in block and b"\r" not in block:
                return False
            tail = block[-8:]
    return False


def examine(records: Iterator[Record], evidence: Evidence) -> None:
    """Raise `SuspectDates` where a record's date can only be day first, up to where the records can be told."""
    with suppress(UnreadableDocument):
        for record in records:
            evidence.add(record)
    evidence.check()


def held(records: Iterator[Record], evidence: Evidence) -> Iterator[Record]:
    """The records of a document that can be read once only; from the first date with slashes on they are held back
    until the last one is known, in flat memory.

    Raises `SuspectDates` instead of yielding those that were held, where one of them can only be day first.
    """
    for record in records:
        if not evidence.add(record):
            yield record
            continue
        with SpooledTemporaryFile(_HELD_IN_MEMORY) as spool:
            spool.write(_encode(record) + b"\n")
            trouble = _hold(records, evidence, spool)
            evidence.check()
            spool.seek(0)
            for line in spool:
                yield _decode(line)
        if trouble:
            raise trouble


def _hold(
    records: Iterator[Record], evidence: Evidence, spool: "SpooledTemporaryFile[bytes]"
) -> UnreadableDocument | None:
    """Put all further records into the spool; the trouble that ended them, if one did."""
    try:
        for record in records:
            evidence.add(record)
            spool.write(_encode(record) + b"\n")
    except UnreadableDocument as error:
        return error
    return None
