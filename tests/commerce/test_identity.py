"""The identity of a line is a pure function of the data, the same on every machine."""

import hashlib
import json
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given

from commerce.errors import InvalidRow
from commerce.identity import canonical, claimed_line, line_id, order_line
from commerce.lines import ADDED, OrderLine, OrderRow, PostedRow, order_row, posted_row
from tests.orders import a_line, a_row, fields_of, order_lines

VECTORS = [
    (
        '["536365","85123A","WHITE HANGING HEART T-LIGHT HOLDER",6,'
        '"2010-12-01T08:26:00",2550,17850,"United Kingdom",1]',
        "506b831f66b52d18903feb9d4c5c47b6",
    ),
    (
        '["C536379","D","Discount",-1,"2010-12-01T09:41:00",27500,14527,"United Kingdom",1]',
        "4dbbe60eb7e8a0749eb7ffa347c48ba5",
    ),
    (
        '["536414","22139",null,56,"2010-12-01T11:52:00",0,null,"United Kingdom",1]',
        "0716f29a83d53494c885ef139ca0f9b4",
    ),
    (
        '["571035","gift_0001_20","Dotcomgiftshop Gift Voucher £20.00",1,'
        '"2011-10-13T12:50:00",16670,null,"United Kingdom",2]',
        "042b15a67059494e4c7e6a0dbb514a43",
    ),
]


@pytest.mark.parametrize(("text", "expected"), VECTORS)
def test_the_vectors_of_the_design_hold(text: str, expected: str) -> None:
    invoice, code, description, quantity, date, price, customer, country, occurrence = json.loads(text)
    row = OrderRow(
        invoice,
        code,
        description,
        quantity,
        datetime.fromisoformat(date),
        Decimal(price).scaleb(-3),
        customer,
        country,
    )
    assert canonical(row, occurrence) == text.encode()
    assert line_id(row, occurrence) == expected


@given(order_lines)
def test_the_canonical_form_is_what_the_design_writes_down(line: OrderLine) -> None:
    row = [
        line.InvoiceNo,
        line.StockCode,
        line.Description,
        line.Quantity,
        line.InvoiceDate.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0"),
        int(line.UnitPrice * 1000),
        line.CustomerID,
        line.Country,
        line.Occurrence,
    ]
    added = {name: getattr(line, name) for name in sorted(ADDED) if getattr(line, name) is not None}
    text = json.dumps([*row, added] if added else row, ensure_ascii=False, separators=(",", ":"))
    assert line.LineId == hashlib.sha256(text.encode()).hexdigest()[:32]


def test_prices_that_are_written_in_other_ways_are_the_same_line() -> None:
    ways = ["2.55", "2.550", Decimal("2.55"), Decimal("2.5500000")]
    assert {order_line(order_row(fields_of(UnitPrice=way)), 1).LineId for way in ways} == {a_line().LineId}


def test_each_copy_of_a_row_is_another_line() -> None:
    assert len({order_line(a_row(), copy).LineId for copy in range(1, 101)}) == 100


def test_a_line_is_a_row_of_which_another_copy_can_be_made() -> None:
    assert order_line(a_line(Occurrence=2), 1) == a_line()


def test_a_missing_description_and_customer_are_not_the_text_null() -> None:
    assert a_line(Description=None).LineId != a_line(Description="null").LineId


def test_a_claimed_line_id_that_follows_from_the_fields_is_taken() -> None:
    line = a_line(Occurrence=3)
    assert claimed_line(PostedRow(a_row(), 3, line.LineId), 3) == line


def test_a_wrong_line_id_is_refused_and_told_the_right_one() -> None:
    posted = posted_row(fields_of(Occurrence=1, LineId="0" * 32))
    with pytest.raises(InvalidRow, match=f"LineId {'0' * 32}: must be {a_line().LineId}"):
        claimed_line(posted, 1)
