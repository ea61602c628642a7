"""Numbers of files whose decimal sign is a comma, as numbers with a point: 2,55 is 2.55 and 1.000 is a thousand.

A point groups thousands there. In a whole number it is taken where it groups them by three, since nothing else can be
meant; in a price it is refused, since 1.234 may be either, a thousand times too much or too little.
"""

import re
from collections.abc import Mapping
from typing import Final

from commerce.columns import COLUMNS, Kind
from commerce.errors import FieldError, shown
from commerce.lines import FIELDS

_WHOLE: Final = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{3})+|-?[0-9]+)(?:,(?:0{1,2}|0{4,}))?")
_ANY: Final = "1"

_WHOLE_NUMBERS: Final = (Kind.INT32, Kind.INT64)
_NUMBERS: Final = {
    column.name: column.kind
    for column in COLUMNS
    if column.name in FIELDS and column.kind in (*_WHOLE_NUMBERS, Kind.MONEY)
}


def with_points(fields: Mapping[str, str]) -> tuple[dict[str, str], list[FieldError]]:
    """The number fields of a row rewritten with a decimal point, and the errors of those that cannot be read.

    A field that cannot be read becomes 1, so that the row's other fields can be checked.

    >>> with_points({"Quantity": "1.000", "UnitPrice": "2,55", "CustomerID": ""})
    ({'Quantity': '1000', 'UnitPrice': '2.55', 'CustomerID': ''}, [])
    """
    read: dict[str, str] = {}
    wrong: list[FieldError] = []
    for name, kind in _NUMBERS.items():
        if name in fields:
            number, broken = (_whole if kind in _WHOLE_NUMBERS else _price)(fields[name].strip(" "))
            read[name] = number
            if broken:
                wrong.append(FieldError(name, shown(fields[name]), broken))
    return read, wrong


def _whole(text: str) -> tuple[str, str]:
    """The whole number without separators, and the rule that the text breaks; the rule is empty if it breaks none."""
    if "." not in text and "," not in text:
        return text, ""
    if matched := _WHOLE.fullmatch(text):
        return matched[1].replace(".", ""), ""
    return _ANY, 'must be a whole number such as 1000 or 1.000, since the map says decimal = ","'


def _price(text: str) -> tuple[str, str]:
    """The price with a decimal point, and the rule that the text breaks; the rule is empty if it breaks none."""
    if "." in text:
        return _ANY, 'must hold no point, since the map says decimal = ","'
    return text.replace(",", "."), ""
