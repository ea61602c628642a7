"""Formats of dates and times ("Datetime format strings"), and TO_CHAR of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from local.redshift_data.sql.words import NotOnTheLaptop

_ROMAN: Final = "['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'][month({0})]"
_ISO_DAY: Final = "((CAST(strftime({0}, '%V') AS INTEGER) - 1) * 7 + isodow({0}))"

_NUMBERS: Final = {
    "CC": "lpad(CAST((year({0}) + 99) // 100 AS VARCHAR), 2, '0')",
    "YYYY": "lpad(CAST(year({0}) AS VARCHAR), 4, '0')",
    "YYY": "lpad(CAST(year({0}) % 1000 AS VARCHAR), 3, '0')",
    "YY": "lpad(CAST(year({0}) % 100 AS VARCHAR), 2, '0')",
    "Y": "CAST(year({0}) % 10 AS VARCHAR)",
    "Y,YYY": "CAST(year({0}) // 1000 AS VARCHAR) || ',' || lpad(CAST(year({0}) % 1000 AS VARCHAR), 3, '0')",
    "IYYY": "lpad(CAST(isoyear({0}) AS VARCHAR), 4, '0')",
    "IYY": "lpad(CAST(isoyear({0}) % 1000 AS VARCHAR), 3, '0')",
    "IY": "lpad(CAST(isoyear({0}) % 100 AS VARCHAR), 2, '0')",
    "I": "CAST(isoyear({0}) % 10 AS VARCHAR)",
    "Q": "CAST(quarter({0}) AS VARCHAR)",
    "MM": "lpad(CAST(month({0}) AS VARCHAR), 2, '0')",
    "W": "CAST((day({0}) - 1) // 7 + 1 AS VARCHAR)",
    "WW": "lpad(CAST((dayofyear({0}) - 1) // 7 + 1 AS VARCHAR), 2, '0')",
    "IW": "strftime({0}, '%V')",
    "DDD": "strftime({0}, '%j')",
    "IDDD": f"lpad(CAST({_ISO_DAY} AS VARCHAR), 3, '0')",
    "DD": "strftime({0}, '%d')",
    "D": "CAST(dayofweek({0}) + 1 AS VARCHAR)",
    "ID": "CAST(isodow({0}) AS VARCHAR)",
    "J": "CAST(CAST({0} AS DATE) - DATE '1970-01-01' + 2440588 AS VARCHAR)",
    "HH24": "strftime({0}, '%H')",
    "HH12": "strftime({0}, '%I')",
    "HH": "strftime({0}, '%I')",
    "MI": "strftime({0}, '%M')",
    "SS": "strftime({0}, '%S')",
    "MS": "strftime({0}, '%g')",
    "US": "strftime({0}, '%f')",
}
_CASED: Final = {
    "MONTH": "rpad(upper(monthname({0})), 9, ' ')",
    "Month": "rpad(monthname({0}), 9, ' ')",
    "month": "rpad(lower(monthname({0})), 9, ' ')",
    "MON": "upper(strftime({0}, '%b'))",
    "Mon": "strftime({0}, '%b')",
    "mon": "lower(strftime({0}, '%b'))",
    "DAY": "rpad(upper(dayname({0})), 9, ' ')",
    "Day": "rpad(dayname({0}), 9, ' ')",
    "day": "rpad(lower(dayname({0})), 9, ' ')",
    "DY": "upper(strftime({0}, '%a'))",
    "Dy": "strftime({0}, '%a')",
    "dy": "lower(strftime({0}, '%a'))",
    "RM": f"rpad({_ROMAN}, 4, ' ')",
    "rm": f"rpad(lower({_ROMAN}), 4, ' ')",
    **dict.fromkeys(("AM", "PM"), "strftime({0}, '%p')"),
    **dict.fromkeys(("am", "pm"), "lower(strftime({0}, '%p'))"),
    **dict.fromkeys(("A.M.", "P.M."), "left(strftime({0}, '%p'), 1) || '.M.'"),
    **dict.fromkeys(("a.m.", "p.m."), "lower(left(strftime({0}, '%p'), 1)) || '.m.'"),
    **dict.fromkeys(("BC", "AD"), "'AD'"),
    **dict.fromkeys(("bc", "ad"), "'ad'"),
    **dict.fromkeys(("B.C.", "A.D."), "'A.D.'"),
    **dict.fromkeys(("b.c.", "a.d."), "'a.d.'"),
    "TZ": "'UTC'",
    "tz": "'utc'",
    "OF": "'+00'",
}
_PARTS: Final = {**_NUMBERS, **{name.lower(): sql for name, sql in _NUMBERS.items()}, **_CASED}
_LONGEST_FIRST: Final = sorted(_PARTS, key=len, reverse=True)
_FOR_ZONES: Final = ("OF",)
_FILL_MODE: Final = ("FM", "fm")
_ORDINAL: Final = ("TH", "th")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a format: literal text, or a part of the time; `fill` is False after FM."""

    text: str
    is_part: bool
    fill: bool = True


def pieces(form: str, function: str) -> Iterator[Piece]:
    """The pieces of a format; raises `NotOnTheLaptop` for a word that AWS does not list.

    >>> [it.text for it in pieces('YYYY-MM"x"', "TO_CHAR")]
    ['YYYY', '-', 'MM', 'x']
    """
    place, fill = 0, True
    while place < len(form):
        rest = form[place:]
        part = next((name for name in _LONGEST_FIRST if rest.startswith(name)), None)
        quoted = re.match(r'"([^"]*)"', rest)
        if rest.startswith(_FILL_MODE):
            fill, place = False, place + 2
        elif part is not None and not (part in ("D", "d") and rest[1:2].isdigit()):
            yield Piece(part, is_part=True, fill=fill)
            fill, place = True, place + len(part)
            if form.startswith(_ORDINAL, place):
                raise NotOnTheLaptop(f"{function} with {form[place : place + 2]} after {part} in the format {form}")
        elif quoted:
            yield Piece(quoted[1], is_part=False)
            place += quoted.end()
        elif rest[0].isalnum() or rest[0] in '"\\':
            word = re.match(r"\w+|.", rest)
            raise NotOnTheLaptop(f"{function} with {word[0] if word else rest} in the format {form}")
        else:
            yield Piece(rest[0], is_part=False)
            place += 1


def formatted(form: str, *, has_zone: bool) -> str:
    """DuckDB's SQL for TO_CHAR of the timestamp `x`; raises `NotOnTheLaptop`."""
    texts = []
    for piece in pieces(form, "TO_CHAR"):
        if piece.text in _FOR_ZONES and piece.is_part and not has_zone:
            raise NotOnTheLaptop(f"TO_CHAR with {piece.text} of a time without a zone")
        texts.append(_sql(piece))
    return " || ".join(["CASE WHEN x IS NULL THEN NULL ELSE '' END", *texts])


def _sql(piece: Piece) -> str:
    if not piece.is_part:
        return "'" + piece.text.replace("'", "''") + "'"
    sql = _PARTS[piece.text].format("x")
    if piece.fill:
        return f"({sql})"
    return f"regexp_replace(rtrim({sql}), '^0+(\\d)', '\\1')"
