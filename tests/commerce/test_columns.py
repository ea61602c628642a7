"""The columns are the record's: names, order, types and what may be missing."""

from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from commerce.columns import COLUMNS, MONEY_DECIMALS, MONEY_DIGITS, Kind
from commerce.errors import InvalidRow
from commerce.lines import ADDED, OrderLine, order_row
from tests.orders import a_line, fields_of

HOLDS = {Kind.TEXT: str, Kind.INT32: int, Kind.INT64: int, Kind.LOCAL_TIME: datetime, Kind.MONEY: Decimal}


def test_the_columns_are_those_of_the_record() -> None:
    answer = {column.name: (HOLDS[column.kind], column.nullable) for column in COLUMNS}
    hints = get_type_hints(OrderLine)
    kinds = {name: get_args(hint) or (hint,) for name, hint in hints.items()}
    assert answer == {name: (kind[0], NoneType in kind) for name, kind in kinds.items()}
    assert [column.name for column in COLUMNS] == list(OrderLine.__struct_fields__)


def test_the_greatest_values_that_are_accepted_fit_their_columns() -> None:
    row = order_row(fields_of(UnitPrice="-1000000000.000", Quantity=str(-(2**31)), CustomerID=str(10**15)))
    assert abs(row.UnitPrice.scaleb(MONEY_DECIMALS)) < 10**MONEY_DIGITS
    assert row.Quantity == -(2**31)
    assert row.CustomerID is not None
    assert row.CustomerID < 2**63


def test_the_longest_texts_that_are_accepted_fill_their_columns() -> None:
    longest = {
        "InvoiceNo": "C" + "9" * 15,
        "StockCode": "\N{GRINNING FACE}" * 20,
        "Description": "\N{GRINNING FACE}" * 200,
        "Country": "\N{GRINNING FACE}" * 60,
        **{
            it.name: "\N{GRINNING FACE}" * ((it.max_bytes or 0) // 4)
            for it in COLUMNS
            if it.name in ADDED and it.max_bytes
        },
    }
    row = order_row(fields_of(**longest))
    texts = {name: getattr(row, name) for name in longest} | {"LineId": a_line().LineId}
    assert {name: len(text.encode()) for name, text in texts.items()} == {
        column.name: column.max_bytes for column in COLUMNS if column.kind is Kind.TEXT
    }
    for name in longest:
        with pytest.raises(InvalidRow):
            order_row(fields_of(**longest | {name: longest[name] + "9"}))
