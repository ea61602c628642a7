"""Every screen that shows rows, at 80 and 100 columns: nothing is cut, no line too long, no word or figure broken."""

import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from rich.console import Console, RenderableType

from console import answers
from console.wrapping import wrapped
from operations.reconcile import report as verdict_screen
from producer import screens
from producer.check import screen
from producer.check.check import Checked, Problem, Sending
from producer.check.column_profile import Column
from tests.operations.platform import a_platform, reconciled
from tests.operations.reconcile.test_judge import some_lines

LONG = "SET/10 RED POLKADOT PARTY CANDLES XX"
ID = "506b831f66b52d18903feb9d4c5c47b6"
LINE = {
    "StockCode": "gift_0001_20",
    "Description": LONG,
    "Quantity": -12_345,
    "UnitPrice": Decimal("11062.060"),
    "Occurrence": 2,
    "LineId": ID,
}
INVOICE = {
    "InvoiceNo": "C581484",
    "CustomerID": 16446,
    "InvoiceDate": "2011-12-09T09:27:00",
    "Country": "United Arab Emirates",
    "Lines": 1_114,
    "Units": -80_995,
    "Amount": Decimal("-168469.6"),
}


def invoice() -> RenderableType:
    return screens.invoice({**INVOICE, "lines": [LINE, {**LINE, "Occurrence": 1, "Description": None}]})


def customer() -> RenderableType:
    return screens.customer({"CustomerID": 16446, "Amount": Decimal("168472.5"), "invoices": [INVOICE] * 3})


def checked() -> RenderableType:
    places = [f"days/2010-12-0{day}.csv, line 12,345" for day in (1, 2, 3)]
    rule = "must be a date and time such as 2010-12-01 08:26:00"
    at, most = "2010-12-01 08:26:00", "2011-12-09 12:50:00"
    return screen.checked(
        Checked(
            files=1,
            rows=541_909,
            refused=1_234,
            problems=[Problem("InvoiceDate", rule, "'31/31/2010 8:26'", 1_234, places)],
            columns=[
                Column("Description", 541_909, 1_454, 12, 4_224, False, "*Boombox Ipod Classic", LONG, LONG, 2_369),
                Column("InvoiceDate", 541_909, 0, 0, 100_000, True, at, most, "2011-10-31 14:41:00", 1_114),
            ],
            sending=Sending(
                541_909, 12, 1_084, 98_765_432, datetime(2010, 12, 1), datetime(2011, 12, 9), Decimal("9747747.934")
            ),
        )
    )


def answer(columns: list[str], *rows: list[Any]) -> Callable[[Console], None]:
    return lambda out: answers.show(columns, rows, out)


def printed(screen: Callable[[], RenderableType]) -> Callable[[Console], None]:
    return lambda out: out.print(screen())


DAY = [
    date(2010, 12, 1),
    143,
    3_108,
    26_814,
    Decimal("58960.790"),
    Decimal("-325.230"),
    Decimal("0.000"),
    Decimal("58635.560"),
]
LINES: Final = """\
Tillstream serves at http://127.0.0.1:65535/P
  DynamoDB  http://127.0.0.1:20645  tables tillstream-laptop-data-invoices-f0222e8d, tillstream-laptop-data-customers-69
bucket tillstream-laptop-data-lake-5f1b88ea: 1,234 raw objects, 12 incoming files, 12,345 in quarantine
schedule cron(0 * * * ? *): curate, load_tables, load_warehouse (off: `tillstream up --schedules`)
"""


SCREENS: Final[dict[str, Callable[[Console], None]]] = {
    "invoice": printed(invoice),
    "customer": printed(customer),
    "check": printed(checked),
    "daily sales": answer(["day", "invoices", "lines", "units", "gross", "returns", "adjustments", "net"], DAY),
    "every column": answer([*LINE, *INVOICE], [*LINE.values(), *INVOICE.values()]),
    "one long word": answer(["lineid", "description"], [ID, "x" * 60]),
}
VERDICT: Final = reconciled(a_platform(some_lines(20), bad=[b"?"]), some_lines(20))
SCREENS["reconcile"] = lambda out: verdict_screen.show(VERDICT, out, {})
SCREENS["status"] = lambda out: out.print(wrapped(LINES, out.width), soft_wrap=True, markup=False)
SHORTER: Final = {"LineId[:8]", ID[:8]}


def words(show: Callable[[Console], None], width: int) -> set[str]:
    """Every word on the screen of this width, none of whose lines is longer."""
    text = io.StringIO()
    show(Console(file=text, width=width, color_system=None))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    return {word for line in lines for word in line.split()}


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("width", [80, 100])
def test_a_screen_fits_and_breaks_no_word(name: str, width: int) -> None:
    whole = words(SCREENS[name], 1_000)
    shown = words(SCREENS[name], width)
    assert not any("…" in word for word in shown)
    numbered = {"–", "1", "2"}  # of a row that is a block
    assert shown - whole - SHORTER - numbered == set()
    assert whole - shown <= {"LineId", ID, "digest", "rules"}  # the proofs stand below without titles


def test_daily_sales_and_an_invoice_are_tables_on_80_columns() -> None:
    for name, titles in (("daily sales", {"adjustments", "net"}), ("invoice", {"Description", "LineId[:8]"})):
        text = io.StringIO()
        SCREENS[name](Console(file=text, width=80, color_system=None))
        assert any(titles <= set(line.split()) for line in text.getvalue().splitlines())
