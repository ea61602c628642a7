"""Formats of numbers ("Numeric format strings"): TO_CHAR of a number, and TO_NUMBER."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import FAILS, NotOnTheLaptop

_WORDS: Final = re.compile(r'FM|MI|SG|PR|RN|TH|"[^"]*"|[90.,DGSL]|[^A-Za-z0-9"\\]', re.IGNORECASE)
_SIGNS: Final = ("S", "MI", "SG", "PR")
_ROMAN: Final = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_WIDTH: Final = 15


@dataclass(frozen=True, slots=True)
class NumericFormat:
    """A format, word by word; `whole` and `fraction` are its digits before and after the point."""

    words: tuple[str, ...]
    whole: int
    fraction: int
    fill: bool

    @property
    def type(self) -> Type:
        """The type of the numbers that it reads."""
        return Type("numeric", max(self.whole + self.fraction, 1), self.fraction)


@lru_cache(maxsize=256)
def numeric_format(form: str, function: str) -> NumericFormat:
    """The format that `form` writes; raises `NotOnTheLaptop` for what AWS does not list.

    >>> numeric_format("FM99G999D9S", "TO_NUMBER").type
    Type(name='numeric', size=6, scale=1)
    """
    words, place = [], 0
    while place < len(form):
        found = _WORDS.match(form, place)
        if found is None:
            raise NotOnTheLaptop(f"{function} with {form[place:]} in the format {form}")
        words.append(found[0] if found[0] in ("rn", "th") or found[0].startswith('"') else found[0].upper())
        place = found.end()
    counted = NumericFormat(tuple(it for it in words if it != "FM"), *_digits(words), fill="FM" not in words)
    _check(counted, form, function)
    return counted


def _digits(words: list[str]) -> tuple[int, int]:
    point = next((n for n, word in enumerate(words) if word in (".", "D")), len(words))
    return sum(word in "90" for word in words[:point]), sum(word in "90" for word in words[point:])


def _check(form: NumericFormat, text: str, function: str) -> None:
    signs = [word for word in form.words if word in _SIGNS]
    roman = [word for word in form.words if word.upper() == "RN"]
    points = [word for word in form.words if word in (".", "D")]
    inner = "S" in form.words[1:-1] and not set(form.words[: form.words.index("S")]) <= set(" L$")
    if len(signs) > 1 or len(points) > 1 or inner or (roman and len(form.words) > 1):
        raise NotOnTheLaptop(f"{function} with the format {text}")
    if not roman and not form.whole + form.fraction:
        raise NotOnTheLaptop(f"{function} with the format {text}")


def formatted(number: str, text: str) -> str:
    """TO_CHAR of a number.

    >>> formatted("-125.8", "999D99S"), formatted("618.80", "l99999D99"), formatted("1234.5", "FM9,999.00")
    ('125.80-', '$   618.80', '1,234.50')
    """
    form, value = numeric_format(text, "TO_CHAR"), Decimal(number)
    if form.words and form.words[0].upper() == "RN":
        return _roman(value, form)
    rounded = abs(value).quantize(Decimal(1).scaleb(-form.fraction), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    if len(whole) > form.whole and not (whole == "0" and form.fraction):
        whole, fraction = "#" * form.whole, "#" * form.fraction
    elif whole == "0" and form.fraction and "0" not in form.words[: _point(form)]:
        whole = ""
    return _laid_out(form, whole, fraction, is_negative=value < 0, is_integer=value == value.to_integral_value())


def _point(form: NumericFormat) -> int:
    return next((n for n, word in enumerate(form.words) if word in (".", "D")), len(form.words))


def _laid_out(form: NumericFormat, whole: str, fraction: str, *, is_negative: bool, is_integer: bool) -> str:
    point = _point(form)
    blanks = form.whole - len(whole)
    significant = _significant(form, fraction)
    out: list[str] = []
    begun, before, after = False, 0, 0
    number_starts: int | None = None
    for place, word in enumerate(form.words):
        sign = ""
        if word in ("9", "0") and place < point:
            if before >= blanks:
                sign, begun = whole[before - blanks], True
            elif begun or word == "0":
                sign, begun = "0", True
            else:
                sign = " " if form.fill else ""
            before += 1
        elif word in ("9", "0"):
            sign = fraction[after] if form.fill or after < significant else ""
            begun, after = True, after + 1
        elif word in (".", "D"):
            sign, begun = ".", True
        elif word in (",", "G"):
            sign = "," if begun else " " if form.fill else ""
        else:
            sign = _word(word, form, is_negative=is_negative, is_integer=is_integer, whole=whole)
        if begun and number_starts is None:
            number_starts = len(out)
        out.append(sign)
    starts = number_starts if number_starts is not None else _first_digit(form)
    return _signed(out, starts, form, is_negative=is_negative)


def _significant(form: NumericFormat, fraction: str) -> int:
    zeros = [word for word in form.words[_point(form) + 1 :] if word in ("9", "0")]
    kept = max((n + 1 for n, word in enumerate(zeros) if word == "0"), default=0)
    return max(len(fraction.rstrip("0")), kept)


def _first_digit(form: NumericFormat) -> int:
    return next((n for n, word in enumerate(form.words) if word in ("9", "0", ".", "D")), 0)


def _word(word: str, form: NumericFormat, *, is_negative: bool, is_integer: bool, whole: str) -> str:
    if word == "L":
        return "$"
    if word == "MI":
        return "-" if is_negative else " " if form.fill else ""
    if word == "SG":
        return "-" if is_negative else "+"
    if word in ("TH", "th"):
        return "" if is_negative or not is_integer or form.fraction else _ordinal(whole, word)
    if word in ("S", "PR"):
        return ""
    return word.strip('"')


def _ordinal(whole: str, word: str) -> str:
    """The ending of an ordinal number, in the case of `word`.

    >>> _ordinal("482", "th"), _ordinal("11", "TH")
    ('nd', 'TH')
    """
    ending = "th" if whole[-2:] in ("11", "12", "13") else {"1": "st", "2": "nd", "3": "rd"}.get(whole[-1:], "th")
    return ending if word == "th" else ending.upper()


def _signed(out: list[str], starts: int, form: NumericFormat, *, is_negative: bool) -> str:
    body = "".join(out[:starts]), "".join(out[starts:])
    blank = " " if form.fill else ""
    if "MI" in form.words or "SG" in form.words:
        return "".join(body)
    if "PR" in form.words:
        return body[0] + ("<" if is_negative else blank) + body[1] + (">" if is_negative else blank)
    if "S" in form.words:
        sign = "-" if is_negative else "+"
        return body[0] + sign + body[1] if form.words.index("S") < _first_digit(form) else "".join(body) + sign
    return body[0] + ("-" if is_negative else blank) + body[1]


def _roman(value: Decimal, form: NumericFormat) -> str:
    number = int(value.quantize(Decimal(1), ROUND_HALF_UP))
    if not 1 <= number <= 3999:
        return "#" * _ROMAN_WIDTH
    text = ""
    for worth, sign in _ROMAN:
        text += sign * (number // worth)
        number %= worth
    text = text if form.words[0] == "rn" else text.upper()
    return text.rjust(_ROMAN_WIDTH) if form.fill else text


def read(value: str, text: str) -> str:
    """The number that `value` writes by a format, as plain digits.

    >>> read("12,454.8-", "99G999D9S"), read("$ 12,454.88", "FML99G999D99")
    ('-12454.8', '12454.88')
    """
    form = numeric_format(text, "TO_NUMBER")
    bare = value.strip().replace("$", "").replace(" ", "")
    is_negative = bare.startswith(("-", "<")) or bare.endswith("-")
    bare = bare.strip("+-<>")
    if any(word in (",", "G") for word in form.words):
        bare = bare.replace(",", "")
    number = re.fullmatch(r"(\d*)(?:\.(\d*))?", bare)
    if number is None or not bare.strip("."):
        raise ValueError(f'{FAILS}invalid input "{value}" for the numeric format {text}')
    whole, fraction = number[1].lstrip("0"), number[2] or ""
    if len(whole) > form.whole or len(fraction) > form.fraction:
        raise ValueError(f'{FAILS}invalid input "{value}" for the numeric format {text}')
    return f"{'-' if is_negative else ''}{whole or '0'}.{fraction}".rstrip(".")
