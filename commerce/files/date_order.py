"""Finds whether the day is the first number of dates such as 1/12/2010, as far as their document proves it.

Such a date is read month first, as the data set writes it. In a document that also holds 13/12/2010, which can only be
day first, 1/12/2010 is suspect, so nothing of that document is taken until a map says how its dates are written. A date
with points or dashes, such as 13.12.2010, makes those with slashes beside it suspect as well.

A map may be wrong too: one that says month first, for a document that holds both 13.12.2010 and 1.12.2010, would refuse
the one and store the other as 12 January. Such a document is refused as well.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final

import msgspec

from commerce.errors import SuspectDates, UnreadableDocument, shown
from commerce.files.records import LONGEST_RECORD, Record
from commerce.files.wrappings import BROKEN

_BLOCK: Final = LONGEST_RECORD + 1
_HELD_IN_MEMORY: Final = 1_000_000
"""Bytes of held records above which they go to a temporary file."""

_SLASHES: Final = re.compile(b"/[0-9]{1,2}/[0-9]{2}")
_ABOVE_12: Final = b"(?:1[3-9]|[23][0-9])"
_FORM: Final = re.compile(r"%([dm])([-./])%([dm])\2%[Yy]")
_DATE: Final = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![0-9])(.*)", re.DOTALL)
_TIMES: Final = (
    (re.compile(" +[0-9]{1,2}:[0-9]{2}"), " %H:%M"),
    (re.compile(" +[0-9]{1,2}:[0-9]{2}:[0-9]{2}"), " %H:%M:%S"),
    (re.compile(" +[0-9]{1,2}:[0-9]{2} +[AaPp][Mm]"), " %I:%M %p"),
    (re.compile(" +[0-9]{1,2}:[0-9]{2}:[0-9]{2} +[AaPp][Mm]"), " %I:%M:%S %p"),
    (re.compile(" *"), ""),
)
_ONE_FORM: Final = "no row is accepted, since a date that could be either would be a guess; give all dates one form"
_Place = tuple[int, str]
"""A line's number, and the date in it."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Record).decode


class Order(Enum):
    """The order that the numbers of a date prove by themselves."""

    MONTH_FIRST = "month first"
    DAY_FIRST = "day first"
    EITHER = "either"


_AGAINST: Final = {
    Order.MONTH_FIRST: (Order.DAY_FIRST, re.compile(b"(?<![0-9])" + _ABOVE_12 + b"([-./])[0-9]{1,2}\\1")),
    Order.DAY_FIRST: (Order.MONTH_FIRST, re.compile(b"[0-9]([-./])" + _ABOVE_12 + b"\\1[0-9]{2}")),
}
"""The order that contradicts each one, and a pattern for the bytes of a date that may prove it."""


class Found(msgspec.Struct, frozen=True):
    """The order that a date proves, and the sign between its numbers: without a map only slashes are read."""

    order: Order
    sign: str


@lru_cache(maxsize=16_384)
def order(text: str) -> Found | None:
    """The orders in which the text may be a date; None if it is not a date, or begins with the year.

    A date that does not exist proves its order too: 30/2/2010 was meant as a day of February.

    >>> [order(text).order.value for text in ("12/1/2010 8:26", "30/2/10 8:26", "1.13.2010")]
    ['either', 'day first', 'month first']
    >>> order("2010-12-01 08:26:00"), order("13/13/2010")
    (None, None)
    """
    if not (matched := _DATE.fullmatch(text.strip(" "))):
        return None
    one, other = int(matched[1]), int(matched[3])
    month_first, day_first = _may_be(one, other), _may_be(other, one)
    if not month_first and not day_first:
        return None
    proven = Order.EITHER if month_first and day_first else Order.MONTH_FIRST if month_first else Order.DAY_FIRST
    return Found(proven, matched[2])


def _may_be(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def form_order(form: str) -> Found | None:
    """The order of day and month in a map's form of dates, and the sign between them.

    None where the form has a month's name or the year first.

    >>> form_order("%d.%m.%y %H:%M"), form_order("%Y-%m-%d")
    (Found(order=<Order.DAY_FIRST: 'day first'>, sign='.'), None)
    """
    matched = _FORM.match(form.strip(" "))
    if matched is None or matched[1] == matched[3]:
        return None
    return Found(Order.DAY_FIRST if matched[1] == "d" else Order.MONTH_FIRST, matched[2])


class Evidence:
    """Collects the dates of one document that prove an order.

    `at` is the position of their column, `form` how a map says they are written, None without a map.
    """

    def __init__(self, name: str, at: int, form: str | None = None) -> None:
        self._name = name
        self._at = at
        self._form = form
        self._first: dict[Found, tuple[int, str]] = {}

    def add(self, record: Record) -> bool:
        """Examine a record; True if its date may turn out to be misread: without a map one with slashes."""
        if self._at >= len(record.cells):
            return False
        text = record.cells[self._at]
        found = order(text)
        if found is None:
            return False
        self._first.setdefault(found, (record.line_number, text))
        return self._form is not None or found.sign == "/"

    def check(self) -> None:
        """Raise `SuspectDates` if a date proves that others of the document would be read in the wrong order."""
        if self._form is not None:
            self._check_map(self._form)
            return
        either = self._first.get(Found(Order.EITHER, "/"))
        month_first = self._first.get(Found(Order.MONTH_FIRST, "/"))
        if proof := self._first.get(Found(Order.DAY_FIRST, "/")):
            self._refuse(proof, either, month_first)
        elif (proof := self._first_without_slashes(Order.DAY_FIRST)) and either and not month_first:
            raise SuspectDates(f"{self._only_day_first(*proof)}, and {_in_line(either)} could be either: {_ONE_FORM}")

    def _refuse(self, proof: _Place, either: _Place | None, month_first: _Place | None) -> None:
        begins = self._only_day_first(*proof)
        if month_first:
            raise SuspectDates(f"{begins}, and {_in_line(month_first)} only month first: {_ONE_FORM}")
        map_line = f'date = "{day_first_form(proof[1])}"'
        suspect = f"; {_in_line(either)} could be either" if either else ""
        raise SuspectDates(f"{begins}: no row is accepted until a map says {map_line} (--map FILE){suspect}", map_line)

    def _check_map(self, form: str) -> None:
        said = form_order(form)
        if said is None:
            return
        against = _AGAINST[said.order][0]
        proof, either = self._first.get(Found(against, said.sign)), self._first.get(Found(Order.EITHER, said.sign))
        if proof and either:
            number, text = proof
            raise SuspectDates(
                f'{self._name}, line {number}: the map says date = "{form}", but the date {shown(text)} can only be '
                f"{against.value}, and {_in_line(either)} could be either: {_ONE_FORM}, or correct the map"
            )

    def _first_without_slashes(self, order: Order) -> _Place | None:
        places = (self._first.get(Found(order, sign)) for sign in "-.")
        return min((place for place in places if place), default=None)

    def _only_day_first(self, number: int, text: str) -> str:
        return f"{self._name}, line {number}: the date {shown(text)} can only be day first"


def _in_line(place: _Place) -> str:
    number, text = place
    return f"{shown(text)} in line {number}"


def day_first_form(text: str) -> str:
    """The form of a day-first date in a map's notation.

    >>> day_first_form("13/12/2010 08:26"), day_first_form("13/12/10 8:26:00")
    ('%d/%m/%Y %H:%M', '%d/%m/%y %H:%M:%S')
    """
    matched = _DATE.fullmatch(text.strip(" "))
    assert matched is not None, text
    time = next((form for pattern, form in _TIMES if pattern.fullmatch(matched[5])), " %H:%M")
    return f"%d/%m/%{'Y' if len(matched[4]) == 4 else 'y'}{time}"


def may_mislead(document: BinaryIO, form: str | None = None) -> bool:
    """Whether the rest of the document holds bytes like those of a date that could prove the order.

    Without a map that is any date with slashes; under a map's `form`, a date that contradicts it. Looks at the bytes
    alone, which takes a hundredth of the time of reading the rows, and not behind a line that is too long to be read.
    """
    said = form_order(form) if form is not None else None
    sign = _AGAINST[said.order][1] if said else _SLASHES
    tail = b""
    try:
        while block := document.read(_BLOCK):
            if sign.search(block) or sign.search(tail + block[:8]):
                return True
            if len(block) == _BLOCK and b"\n" not in block and b"\r" not in block:
                return False
            tail = block[-8:]
    except BROKEN:  # what stands before the damage was not looked at, and may be read
        return True
    return False


def examine(records: Iterator[Record], evidence: Evidence) -> None:
    """Raise `SuspectDates` if the dates of these records contradict how they would be read.

    Looks no further than the first record that cannot be read.
    """
    with suppress(UnreadableDocument):
        for record in records:
            evidence.add(record)
    evidence.check()


def held(records: Iterator[Record], evidence: Evidence) -> Iterator[Record]:
    """Yield the records of a document that can be read only once, such as a pipe.

    From the first date that may be misread on, records are kept (on disk if there are many) until the last one is read.
    They are yielded then, unless their dates contradict how they would be read: that raises `SuspectDates`.
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
    """Write all further records into the spool; returns the error that ended them, if one did."""
    try:
        for record in records:
            evidence.add(record)
            spool.write(_encode(record) + b"\n")
    except UnreadableDocument as error:
        return error
    return None
