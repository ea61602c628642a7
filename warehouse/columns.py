"""The order line's columns in Redshift."""

from typing import Final

from commerce.columns import COLUMNS, MONEY_DECIMALS, MONEY_DIGITS, Column, Kind

NAMES: Final = tuple(column.name for column in COLUMNS)
"""The columns' names in the table's order, in our spelling; Redshift folds them to lower case."""

_TYPES: Final = {
    Kind.INT32: "INTEGER",
    Kind.INT64: "BIGINT",
    Kind.LOCAL_TIME: "TIMESTAMP",
    Kind.MONEY: f"DECIMAL({MONEY_DIGITS},{MONEY_DECIMALS})",
}


def redshift_type(column: Column) -> str:
    """The column's type in Redshift, which counts the length of a VARCHAR in bytes.

    >>> [redshift_type(column) for column in COLUMNS][:6]
    ['VARCHAR(16)', 'VARCHAR(80)', 'VARCHAR(800)', 'INTEGER', 'TIMESTAMP', 'DECIMAL(13,3)']
    """
    return f"VARCHAR({column.max_bytes})" if column.kind is Kind.TEXT else _TYPES[column.kind]
