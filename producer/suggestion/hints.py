"""Which key of a map would mend refused rows, by the values that were refused."""

from collections.abc import Iterable

from commerce.column_maps import quoted
from commerce.lines import field_error
from producer.missing_words import may_mean_missing
from producer.suggestion.columns import column, decimal_sign
from producer.suggestion.dates import date_form


def map_lines(refused: Iterable[tuple[str, str]]) -> list[str]:
    """The lines of a map that would mend these refusals: each a field and its value as an error shows it.

    >>> map_lines([("UnitPrice", "'2,55'"), ("InvoiceDate", "'31.12.2010 08:26'"), ("CustomerID", "'-'")])
    ['decimal = ","', 'date = "%d.%m.%Y %H:%M"', 'missing = ["-"]']
    >>> map_lines([("Quantity", "'NA'"), ("UnitPrice", "'1,000'"), ("InvoiceDate", "missing")])
    []
    """
    return list(dict.fromkeys(line for field, value in refused if (line := _map_line(field, _value(value)))))


def _value(quoted_value: str) -> str:
    """The value that an error shows, without quotes."""
    return quoted_value.strip("'").replace("\\\\", "\\")


def _map_line(field: str, value: str) -> str:
    if may_mean_missing(value.strip()) and field_error(field, "") is None:
        return f"missing = [{quoted(value.strip())}]"
    # a comma before three digits may group thousands: no map reads those
    if field == "UnitPrice" and decimal_sign(column(field, [value])) == (",", True):
        return 'decimal = ","'
    if field == "InvoiceDate" and (found := date_form([value])) and found.form:
        return f"date = {quoted(found.form)}"
    return ""
