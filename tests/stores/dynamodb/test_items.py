"""Lines and summaries as items, and back."""

from decimal import Decimal

from hypothesis import given

from commerce.lines import OrderLine
from commerce.summaries import summaries
from stores.dynamodb import items
from tests.orders import a_line, order_lines


@given(order_lines)
def test_an_item_holds_the_whole_line(line: OrderLine) -> None:
    assert items.line(items.line_item(line)) == line


@given(order_lines)
def test_an_item_holds_the_whole_summary(line: OrderLine) -> None:
    for summary in summaries([line]):
        assert items.summary(items.summary_item(summary)) == summary


def test_an_item_is_the_line_and_nothing_else() -> None:
    assert items.line_item(a_line(InvoiceNo="C536379", StockCode="D", UnitPrice=Decimal("27.5"), Quantity=-1)) == {
        "InvoiceNo": {"N": "536379"},
        "LineKey": {"S": "C536379#D#46ba9c8673fa33bfbfe5644ad780b911"},
        "StockCode": {"S": "D"},
        "Description": {"S": "AMBER KITE"},
        "Quantity": {"N": "-1"},
        "InvoiceDate": {"S": "2010-12-01T08:26:00"},
        "UnitPrice": {"N": "27.5"},
        "CustomerID": {"N": "12345"},
        "Country": {"S": "France"},
        "Occurrence": {"N": "1"},
        "LineId": {"S": "46ba9c8673fa33bfbfe5644ad780b911"},
    }


def test_what_a_line_lacks_its_item_lacks() -> None:
    item = items.line_item(a_line(Description=None, CustomerID=None))
    assert item.keys().isdisjoint({"Description", "CustomerID"})


def test_a_number_is_read_however_the_table_spells_it() -> None:
    line = a_line(UnitPrice=Decimal("100"))
    assert items.line(items.line_item(line) | {"UnitPrice": {"N": "1E+2"}}) == line
