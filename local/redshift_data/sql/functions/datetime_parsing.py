"""TO_DATE and TO_TIMESTAMP: text read by a format."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from local.redshift_data.sql.functions.datetime_formats import Piece, pieces
from local.redshift_data.sql.words import FAILS, NotOnTheLaptop

_DIGITS: Final = {
    "YYYY": 4,
    "MM": 2,
    "DD": 2,
    "DDD": 3,
    "HH24": 2,
    "HH12": 2,
    "HH": 2,
    "MI": 2,
    "SS": 2,
    "MS": 3,
    "US": 6,
}
_NAMES: Final = ("MONTH", "MON", "DAY", "DY")
_HALVES: Final = ("AM", "PM", "A.M.", "P.M.")
_MONTHS: Final = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                  "november", "december")  # fmt: skip


def checked(form: str, function: str) -> None:
    """Return if text can be read by this format; raises `NotOnTheLaptop`."""
    parts = [piece.text.upper() for piece in pieces(form, function) if piece.is_part]
    for part in parts:
        if part not in (*_DIGITS, *_NAMES, *_HALVES):
            raise NotOnTheLaptop(f"{function} with {part} in the format {form}")
    if "YYYY" not in parts:
        raise NotOnTheLaptop(f"{function} without YYYY in the format {form}")


def read(value: str, form: str, is_strict: bool) -> datetime:
    """The time that `value` writes; days or hours beyond their range carry over unless strict.

    >>> read("02 Oct 2001", "DD Mon YYYY", False).date()
    datetime.date(2001, 10, 2)
    >>> read("20010631", "YYYYMMDD", False).date()
    datetime.date(2001, 7, 1)
    >>> read("2011-12-18 24:38:15", "YYYY-MM-DD HH24:MI:SS", False).isoformat(" ")
    '2011-12-19 00:38:15'
    """
    found: dict[str, int] = {}
    rest = value.lstrip()
    for piece in pieces(form, "TO_DATE"):
        rest = _part(piece, rest, value, form, found) if piece.is_part else rest[len(piece.text) :]
    return _time(found, is_strict)


def _part(piece: Piece, rest: str, value: str, form: str, found: dict[str, int]) -> str:
    name = piece.text.upper()
    rest = rest.lstrip()
    if name in _DIGITS:
        digits = re.match(rf"\d{{1,{_DIGITS[name]}}}", rest)
        if digits is None:
            raise _unreadable(name, value, form)
        found[name] = _fraction(name, digits[0])
        return rest[digits.end() :]
    if name in _HALVES:
        half = re.match(r"[ap]\.?m\.?", rest.lower())
        if half is None:
            raise _unreadable(name, value, form)
        found["half"] = 12 if half[0].startswith("p") else 0
        return rest[half.end() :]
    word = re.match(r"[^\W\d_]+", rest)
    if word is None:
        raise _unreadable(name, value, form)
    if name.startswith("D"):  # the day's name says nothing that the date does not
        return rest[word.end() :]
    lower = word[0].lower()
    month = next((n for n, known in enumerate(_MONTHS, 1) if _is_month(lower, known, name)), None)
    if month is None:
        raise _unreadable(name, value, form)
    found["MM"] = month
    return rest[3 if name == "MON" else word.end() :]


def _is_month(word: str, month: str, part: str) -> bool:
    return word[:3] == month[:3] if part == "MON" else word == month


def _fraction(name: str, digits: str) -> int:
    return int(digits.ljust(_DIGITS[name], "0")) if name in ("MS", "US") else int(digits)


def _unreadable(part: str, value: str, form: str) -> ValueError:
    return ValueError(f'{FAILS}invalid value for {part} in "{value}", read by the format {form}')


def _time(found: dict[str, int], is_strict: bool) -> datetime:
    year, month, day = found["YYYY"], found.get("MM", 1), found.get("DD", 1)
    hour = found.get("HH24", found.get("HH12", found.get("HH", 0)))
    if "half" in found:
        hour = hour % 12 + found["half"]
    minute, second = found.get("MI", 0), found.get("SS", 0)
    micros = found.get("US", 0) + 1000 * found.get("MS", 0)
    if is_strict:
        _check(year, month, day, hour, minute, second)
    if "DDD" in found:
        month, day = 1, found["DDD"]
    if not (1 <= year + (month - 1) // 12 <= 9999):
        raise ValueError(f"{FAILS}date/time field date value out of range: {year}-{month}-{day}")
    first = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    return first + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second, microseconds=micros)


def _check(year: int, month: int, day: int, hour: int, minute: int, second: int) -> None:
    try:
        date(year, month, day)
    except ValueError:
        raise ValueError(f"{FAILS}date/time field date value out of range: {year}-{month}-{day}") from None
    if hour > 23 or minute > 59 or second > 59:
        words = f"date/time field time value out of range: {hour}:{minute:02}:{second:02}.0"
        raise ValueError(FAILS + words)


def read_date(value: str, form: str, is_strict: bool) -> date:
    """TO_DATE."""
    return read(value, form, is_strict).date()


def read_timestamp(value: str, form: str, is_strict: bool) -> datetime:
    """TO_TIMESTAMP, in UTC."""
    return read(value, form, is_strict).replace(tzinfo=UTC)
