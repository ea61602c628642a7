"""The form of values in a column (docs: Character types; Date, time, and timestamp literals)."""

from collections.abc import Sequence

from local.redshift_data.sql.definitions import Column
from local.redshift_data.sql.types import Type


def stored(value: str, column: Column, kind: Type | None) -> str:
    """DuckDB's SQL for `value`, of the type `kind`, converted for `column`.

    Text that is too long by blanks alone is cut. A CHAR is kept without its trailing blanks, which mean nothing to it,
    and gets them back where it is shown. Text becomes a date in the forms of DateStyle ISO, MDY.
    """
    to = column.type
    if to.is_text:
        return _text(value, to, kind)
    if to.name in ("date", "timestamp") and kind is not None and kind.is_text:
        return f"CAST(redshift_local.text_to_timestamp({value}, '{to.name}') AS {to.duckdb})"
    return value


def _text(value: str, to: Type, kind: Type | None) -> str:
    fits = kind is not None and kind.is_text and kind.size <= to.size
    if to.name == "varchar":
        return value if fits else f"redshift_local.store_text(CAST({value} AS VARCHAR), {to.size})"
    if fits and kind is not None and kind.name == "bpchar":
        return value
    return f"redshift_local.store_char(CAST({value} AS VARCHAR), {to.size})"


def all_stored(query: str, columns: Sequence[Column], kinds: Sequence[Type | None]) -> str:
    """`query`, whose results have the types `kinds`, with all of them converted for `columns`."""
    names = [f"c{place}" for place in range(len(columns))]
    values = [stored(name, *it) for name, it in zip(names, zip(columns, kinds, strict=True), strict=True)]
    return query if values == names else f"SELECT {', '.join(values)} FROM ({query}) AS given({', '.join(names)})"
