"""Builders and strategies of order lines, for every room's tests: a test states only what matters to it."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import strategies as st

from commerce.identity import order_line
from commerce.lines import FIRST_FIELDS, OrderLine, OrderRow, order_row, plain

REAL_DATA = Path(__file__).parent.parent / ".." / "shared" / "data"
"""The real rows, beside the checkout; most people do not have them."""

needs_real_data = pytest.mark.skipif(
    not (REAL_DATA / "golden.json").is_file(), reason="the real rows are not beside this checkout, at ../shared/data"
)


USUAL: Final[dict[str, Any]] = {
    "InvoiceNo": "600001",
    "StockCode": "20001A",
    "Description": "AMBER KITE",
    "Quantity": 6,
    "InvoiceDate": "2010-12-01 08:26:00",
    "UnitPrice": "2.55",
    "CustomerID": 12345,
    "Country": "France",
}
"""Default values of the builders, as somebody sends them. An added field has none: most lines are without it."""

ADDED_VALUES: Final[dict[str, Sequence[Any]]] = {}
"""Some valid values of each added field, as a line has them; the strategies draw from them."""


def a_row(**fields: Any) -> OrderRow:
    """A row; only these fields matter."""
    return msgspec.structs.replace(order_row(USUAL), **fields)


def a_line(Occurrence: int = 1, **fields: Any) -> OrderLine:
    """A line; only these fields matter."""
    return order_line(a_row(**fields), Occurrence)


def some_lines(count: int, first: int = 0) -> list[OrderLine]:
    """Different lines, seven to an invoice; some are returns, some have no description or no customer."""
    return [
        a_line(
            InvoiceNo=f"{'C' if number % 9 == 0 else ''}{600_000 + number // 7}",
            StockCode=f"{number}",
            Description=None if number % 5 == 0 else "AMBER KITE £ 'quoted', 😀",
            Quantity=number % 11 - 5,
            CustomerID=None if number % 3 == 0 else 12_000 + number % 4,
        )
        for number in range(first, first + count)
    ]


def fields_of(**fields: Any) -> dict[str, Any]:
    """The fields of a posted row; only these matter, and `...` leaves a field out."""
    return {name: value for name, value in (USUAL | fields).items() if value is not ...}


def csv_document(*rows: Sequence[str], header: Sequence[str] = FIRST_FIELDS, delimiter: str = ",") -> bytes:
    """A CSV document of these rows, in UTF-8."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def cells(**fields: str) -> list[str]:
    """A CSV row of the first eight fields; only these cells matter."""
    usual = {name: "" if value is None else str(value) for name, value in fields_of().items()}
    return [(usual | fields)[name] for name in FIRST_FIELDS]


unsafe = [
    chr(code)
    for first, last in ((0, 31), (127, 159), (0x202A, 0x202E), (0x2066, 0x2069))
    for code in range(first, last + 1)
]
safe_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=unsafe))
invoice_numbers = st.builds(
    lambda letter, digits: f"{letter}{digits}", st.sampled_from(["", "C", "A", "Z"]), st.integers(1, 10**15 - 1)
)
moments = st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31, 23, 59, 59)).map(
    lambda moment: moment.replace(microsecond=0)
)


def stripped(least: int, most: int) -> st.SearchStrategy[str]:
    """Text without outer blanks, of this many characters."""
    return safe_text.map(lambda text: text.strip(" ")[:most].strip(" ")).filter(lambda text: len(text) >= least)


order_rows = st.builds(
    OrderRow,
    InvoiceNo=invoice_numbers,
    StockCode=stripped(1, 20),
    Description=st.none() | safe_text.map(lambda text: text[:200]).filter(bool),
    Quantity=st.integers(-(2**31), 2**31 - 1),
    InvoiceDate=moments,
    UnitPrice=st.integers(-(10**12), 10**12).map(plain),
    CustomerID=st.none() | st.integers(1, 10**15),
    Country=stripped(1, 60),
    **{name: st.none() | st.sampled_from(values) for name, values in ADDED_VALUES.items()},
)
order_lines = st.builds(order_line, order_rows, st.integers(1, 1_000))
