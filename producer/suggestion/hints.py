"""Lines of a map that would make refused rows valid, found from the refused values."""

from collections.abc import Container, Iterable, Mapping

from commerce.files.column_maps import quoted
from commerce.lines import field_error
from producer.missing_words import may_mean_missing
from producer.suggestion.columns import column, decimal_sign
from producer.suggestion.dates import date_form


def mostly_refused(refused_rows: Mapping[str, int], rows: int) -> set[str]:
    """The fields for which more than half of the rows are refused: a wrong value among right ones is a typo.

    >>> mostly_refused({"UnitPrice": 51, "InvoiceDate": 1}, rows=100)
    {'UnitPrice'}
    """
    return {field for field, count in refused_rows.items() if 2 * count > rows}


def map_lines(refused: Iterable[tuple[str, str]], columns: Container[str]) -> list[str]:
    """The lines of a map that would make these valid: each refusal is a field and its value as an error shows it.

    A form is that of a whole column, so only a field in `columns` gets a line for one; a word for missing may be rare.

    >>> form = {"UnitPrice", "InvoiceDate"}
    >>> map_lines([("UnitPrice", "'2,55'"), ("InvoiceDate", "'31.12.2010 08:26'"), ("CustomerID", "'-'")], form)
    ['decimal = ","', 'date = "%d.%m.%Y %H:%M"', 'missing = ["-"]']
    >>> map_lines([("Quantity", "'NA'"), ("UnitPrice", "'1,000'"), ("InvoiceDate", "missing")], form)
    []
    >>> map_lines([("UnitPrice", "'2,55'"), ("CustomerID", "'NULL'"), ("CustomerID", "'-'")], set())
    ['missing = ["-", "NULL"]']
    """
    values = [(field, _value(value)) for field, value in refused]
    lines = [line for field, value in values if field in columns and (line := _map_line(field, value))]
    # a map names all its words in one line
    if missing := sorted({value.strip() for field, value in values if _would_be_missing(field, value.strip())}):
        lines.append(f"missing = [{', '.join(map(quoted, missing))}]")
    return list(dict.fromkeys(lines))


def _value(quoted_value: str) -> str:
    """The value of a quoted error text, without the quotes."""
    return quoted_value.strip("'").replace("\\\\", "\\")


def _would_be_missing(field: str, value: str) -> bool:
    """Whether the value may mean missing in a field that may be missing."""
    return may_mean_missing(value) and field_error(field, "") is None


def _map_line(field: str, value: str) -> str:
    # a comma before three digits may group thousands: no map reads those
    if field == "UnitPrice" and decimal_sign(column(field, [value])) == (",", True):
        return 'decimal = ","'
    if field == "InvoiceDate" and (found := date_form([value])) and found.form:
        return f"date = {quoted(found.form)}"
    return ""
