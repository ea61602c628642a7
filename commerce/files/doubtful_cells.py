"""Refuses cells of a file that would silently be read as something other than was meant.

* Quotes that are not the file's own, which would become part of the value: a blank and "MUG", Excel's ="00123", 'MUG'.
* Invisible characters in a code or a country, such as a no-break space: two countries that look alike would be two.
* A whole number such as 1.000, which is a thousand to one reader and 1 to another, until a map says the decimal sign.

The API takes such values where they are possible at all: who writes a request means each character. So does a row whose
LineId is given, as in our own exports, since the LineId follows from the fields.
"""

import re
from collections.abc import Mapping
from typing import Final

from commerce.columns import COLUMNS, Kind
from commerce.errors import FieldError, shown
from commerce.lines import FIELDS

_QUOTED: Final = re.compile('(?: +|=)".*" *', re.DOTALL)
_SINGLE_QUOTED: Final = re.compile("'.*'", re.DOTALL)
_INVISIBLE: Final = re.compile("[\xa0\xad\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]")
_THOUSAND_OR_ONE: Final = re.compile(r"-?[1-9][0-9]{0,2}(?:\.000)+")

_FIELDS: Final = [column for column in COLUMNS if column.name in FIELDS and column.name != "InvoiceNo"]
_TEXTS: Final = tuple(column.name for column in _FIELDS if column.kind is Kind.TEXT)
_WHOLE_NUMBERS: Final = tuple(column.name for column in _FIELDS if column.kind in (Kind.INT32, Kind.INT64))

_NO_QUOTES: Final = 'must not have quotes of its own: a cell is quoted by " alone, right behind the delimiter'
_ALL_VISIBLE: Final = "must hold no invisible character, such as a no-break space"
_WHICH: Final = 'may be a thousand times as much: a map says which is meant, by decimal = "." or decimal = ","'


def doubts(cells: Mapping[str, str], decimal: str | None) -> list[FieldError]:
    """The doubts about these cells, by field; `decimal` is the map's decimal sign, None without one.

    >>> [doubt.field for doubt in doubts({"StockCode": "'22423'", "Country": "France", "Quantity": "1.000"}, None)]
    ['StockCode', 'Quantity']
    """
    get = cells.get
    texts = [(name, get(name, "")) for name in _TEXTS]
    found: list[FieldError] = []
    # most rows have neither a quote nor a letter besides ASCII, which is seen in a tenth of the time
    together = "".join([cell for _, cell in texts])
    if '"' in together or "'" in together or not together.isascii():
        found = [FieldError(name, shown(cell), rule) for name, cell in texts if (rule := _doubt_of_text(name, cell))]
    if decimal is None:
        numbers = [(name, get(name, "")) for name in _WHOLE_NUMBERS]
        found += [FieldError(name, shown(cell), _WHICH) for name, cell in numbers if _may_be_thousand(cell)]
    return found


def _may_be_thousand(cell: str) -> bool:
    return ".000" in cell and _THOUSAND_OR_ONE.fullmatch(cell.strip(" ")) is not None


def _doubt_of_text(name: str, cell: str) -> str:
    if '"' in cell and _QUOTED.fullmatch(cell):
        return _NO_QUOTES
    if name == "Description":
        return ""
    if _SINGLE_QUOTED.fullmatch(cell.strip(" ")):
        return _NO_QUOTES
    return "" if cell.isascii() or not _INVISIBLE.search(cell) else _ALL_VISIBLE
