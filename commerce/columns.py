"""The order line's columns and their logical types: the one list that every store with columns derives from.

The lake's table, the staged Parquet, the warehouse and the data dictionary each map `Kind` to a type of their own.
"""

from enum import StrEnum
from typing import Any, Final

import msgspec

from commerce.lines import ADDED, OrderLine, plain, thousandths


class Kind(StrEnum):
    """The type of a column's values, independent of the store."""

    TEXT = "text"
    INT32 = "int32"
    INT64 = "int64"
    LOCAL_TIME = "local time"
    """Date and time without a zone, to the second."""
    MONEY = "money"
    """A decimal of `MONEY_DIGITS` digits, `MONEY_DECIMALS` of them after the point."""


MONEY_DIGITS: Final = 13
MONEY_DECIMALS: Final = 3


class Column(msgspec.Struct, frozen=True):
    """One column: the field's name, its type, and whether it may be missing.

    A text has at most `max_bytes` bytes of UTF-8: one a character where all are ASCII, else four.
    """

    name: str
    kind: Kind
    nullable: bool = False
    max_bytes: int | None = None


COLUMNS: Final = (
    Column("InvoiceNo", Kind.TEXT, max_bytes=16),
    Column("StockCode", Kind.TEXT, max_bytes=4 * 20),
    Column("Description", Kind.TEXT, nullable=True, max_bytes=4 * 200),
    Column("Quantity", Kind.INT32),
    Column("InvoiceDate", Kind.LOCAL_TIME),
    Column("UnitPrice", Kind.MONEY),
    Column("CustomerID", Kind.INT64, nullable=True),
    Column("Country", Kind.TEXT, max_bytes=4 * 60),
    Column("Occurrence", Kind.INT32),
    Column("LineId", Kind.TEXT, max_bytes=32),
)
"""The columns in the record's order; a test compares them with `commerce.lines.OrderLine`.

An added field comes last, since ADD COLUMN appends it to a table, and may be missing.
"""

NAMES: Final = tuple(column.name for column in COLUMNS)
_AMOUNTS: Final = tuple(at for at, column in enumerate(COLUMNS) if column.kind is Kind.MONEY)
_FIRST: Final = len(COLUMNS) - len(ADDED)


def line(*values: Any) -> OrderLine:
    """The line of these columns, in their order, amounts without trailing zeros: 2.550 becomes 2.55.

    Its LineId is not verified.
    """
    exact = list(values)
    for at in _AMOUNTS:
        if exact[at] is not None:
            exact[at] = plain(thousandths(exact[at]))
    return OrderLine(*exact[:_FIRST], **dict(zip(ADDED, exact[_FIRST:], strict=True))) if ADDED else OrderLine(*exact)
