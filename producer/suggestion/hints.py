"""Which key of a map would mend refused rows, by the values that were refused."""

import re
from collections.abc import Iterable
from typing import Final

from producer.suggestion.columns import MISSING_WORDS
from producer.suggestion.dates import date_form

_COMMA: Final = re.compile(r"-?[0-9.]*[0-9],[0-9]+")


def map_lines(refused: Iterable[tuple[str, str]]) -> list[str]:
    """The lines of a map that would mend these refusals: each a field and its value as an error shows it.

    >>> map_lines([("UnitPrice", "'2,55'"), ("InvoiceDate", "'31.12.2010 08:26'"), ("CustomerID", "'NA'")])
    ['decimal = ","', 'date = "%d.%m.%Y %H:%M"', 'missing = ["NA"]']
    >>> map_lines([("Quantity", "'six'"), ("InvoiceDate", "missing")])
    []
    """
    return list(dict.fromkeys(line for field, value in refused if (line := _map_line(field, value[1:-1]))))


def _map_line(field: str, value: str) -> str:
    if value.strip() in MISSING_WORDS:
        return f'missing = ["{value.strip()}"]'.replace("\\", "\\\\")
    if field == "UnitPrice" and _COMMA.fullmatch(value.strip()):
        return 'decimal = ","'
    if field == "InvoiceDate" and (found := date_form([value])) and found.form:
        return f'date = "{found.form}"'
    return ""
