"""Every view against the same figures computed in plain Python and Decimal, over real days and over odd lines."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commerce.files.documents import order_lines
from commerce.lines import OrderLine
from stores.redshift.warehouse import Warehouse
from tests.orders import REAL_DATA, a_line, needs_real_data
from tests.parts import S3
from tests.redshift import Redshift, running_redshift
from tests.warehouse import figures
from tests.warehouse.loaded import load, warehouse_of
from warehouse.extracts import read

pytestmark = pytest.mark.parts

NOON = datetime(2010, 12, 31, 12)
LATER = NOON + timedelta(hours=36)
"""The next month and year."""


def returned(quantity: int, **fields: Any) -> OrderLine:
    return a_line(**{"InvoiceNo": "C600900", "InvoiceDate": LATER, **fields, "Quantity": quantity})


ODD_LINES = (
    # two copies, a gift, a write-off, a take-back, a correction with a price, the greatest amount there may be
    a_line(InvoiceNo="600001"),
    a_line(Occurrence=2, InvoiceNo="600001"),
    a_line(InvoiceNo="600002", UnitPrice=Decimal(0), Description=" A GIFT "),
    a_line(InvoiceNo="600003", Quantity=-40, UnitPrice=Decimal(0), CustomerID=None, Description="damaged"),
    a_line(InvoiceNo="600004", Quantity=-3, UnitPrice=Decimal("1.055"), CustomerID=None, Description=None),
    a_line(InvoiceNo="600005", Quantity=2**31 - 1, UnitPrice=Decimal(10**9), StockCode="MOST"),
    a_line(InvoiceNo="600006", Quantity=-(2**31), UnitPrice=Decimal("999999999.999"), StockCode="LEAST"),
    # adjustments of a bad debt, and a negative price elsewhere
    a_line(InvoiceNo="A600010", StockCode="B", Quantity=1, UnitPrice=Decimal("11062.06"), CustomerID=None),
    a_line(InvoiceNo="A600011", StockCode="B", Quantity=1, UnitPrice=Decimal("-11062.06"), CustomerID=None),
    a_line(InvoiceNo="A600012", StockCode="B", Quantity=-1, UnitPrice=Decimal("0.001"), CustomerID=None),
    a_line(InvoiceNo="600013", StockCode="B", UnitPrice=Decimal("-0.005"), Description=None),
    # an invoice over midnight and of two customers and countries; codes that differ in case, or sort before #
    a_line(InvoiceNo="600020", InvoiceDate=NOON, CustomerID=7, Country="Norway", StockCode="z 1"),
    a_line(InvoiceNo="600020", InvoiceDate=NOON, CustomerID=8, Country="EIRE", StockCode="z"),
    a_line(InvoiceNo="600020", InvoiceDate=NOON + timedelta(hours=13), CustomerID=7, Country="Åland", StockCode="Z"),
    a_line(InvoiceNo="600021", InvoiceDate=NOON, CustomerID=None, StockCode="z", Description="trailing blank "),
    a_line(InvoiceNo="600022", InvoiceDate=NOON, CustomerID=None, StockCode="z", Description="trailing blank"),
    # the newest sale of enough units at the same price is the one, before a newer one at another price
    a_line(InvoiceNo="600100", StockCode="R", Quantity=10, UnitPrice=Decimal(2)),
    a_line(InvoiceNo="600101", StockCode="R", Quantity=10, UnitPrice=Decimal(2), InvoiceDate=NOON),
    a_line(InvoiceNo="600102", StockCode="R", Quantity=10, UnitPrice=Decimal(3), InvoiceDate=LATER),
    a_line(InvoiceNo="600103", StockCode="R", Quantity=3, UnitPrice=Decimal(2), InvoiceDate=LATER),
    a_line(InvoiceNo="600104", StockCode="R", Quantity=99, UnitPrice=Decimal(2), InvoiceDate=LATER, CustomerID=9),
    returned(-4, StockCode="R", UnitPrice=Decimal(2)),
    returned(-4, StockCode="R", UnitPrice=Decimal(2), InvoiceNo="C600901"),
    # three remain: four are too many, and so are two after them
    returned(-4, StockCode="R", UnitPrice=Decimal(2), InvoiceNo="C600902"),
    returned(-1, StockCode="R", UnitPrice=Decimal(2), InvoiceNo="C600903", InvoiceDate=LATER + timedelta(hours=1)),
    # more than any sale had, no customer, no price in common, a sale that came after, a charge on a C invoice
    returned(-50, StockCode="R", InvoiceNo="C600904"),
    returned(-1, StockCode="R", InvoiceNo="C600905", CustomerID=None),
    returned(-1, StockCode="R", InvoiceNo="C600906", UnitPrice=Decimal("0.5")),
    returned(-1, StockCode="R", InvoiceNo="C600907", InvoiceDate=datetime(2009, 1, 31)),
    returned(5, StockCode="FEE", InvoiceNo="C600908", CustomerID=77),
    # what was sold comes back in two parts, the invoice with the lower number later; then once more
    a_line(InvoiceNo="600110", StockCode="S", Quantity=5),
    returned(-2, StockCode="S", InvoiceNo="C600921"),
    returned(-3, StockCode="S", InvoiceNo="C600920", InvoiceDate=LATER + timedelta(hours=1)),
    returned(-1, StockCode="S", InvoiceNo="C600919", InvoiceDate=LATER + timedelta(hours=2)),
    # an adjustment is no sale that something could be returned of
    a_line(InvoiceNo="A600030", StockCode="K"),
    returned(-1, StockCode="K", InvoiceNo="C600930"),
    # a text with a price before a newer one without, and before a newer line without a text
    a_line(InvoiceNo="600120", StockCode="T"),
    a_line(InvoiceNo="600121", StockCode="T", InvoiceDate=NOON, UnitPrice=Decimal(0), Description="found"),
    a_line(InvoiceNo="600122", StockCode="T", InvoiceDate=LATER, Description=None),
    a_line(InvoiceNo="600123", StockCode="U", UnitPrice=Decimal(0), Description="check"),
    # a customer whose first line is a return, and who comes back in another year
    returned(-1, StockCode="D", InvoiceNo="C600909", CustomerID=78, InvoiceDate=datetime(2009, 11, 30, 23, 59)),
    a_line(InvoiceNo="600200", CustomerID=78, InvoiceDate=LATER),
    returned(-(2**31), StockCode="LEAST", InvoiceNo="C600910"),
)


@pytest.fixture(scope="module")
def real_lines() -> list[OrderLine]:
    """The lines of every real day, read from the CSV."""
    read: list[OrderLine] = []
    for file in sorted((REAL_DATA / "online-retail").glob("*.csv")):
        with file.open("rb") as document:
            read += [entry.line for entry in order_lines(file.name, document) if entry.line]
    return read


@pytest.fixture(scope="module")
def odd(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redshift]:
    """The server with the odd lines."""
    with running_redshift(s3) as redshift:
        load(redshift, ODD_LINES, tmp_path_factory.mktemp("odd"))
        yield redshift


@pytest.fixture(scope="module")
def real_days(s3: S3, real_lines: list[OrderLine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The warehouse with every real day."""
    with running_redshift(s3) as redshift:
        yield load(redshift, real_lines, tmp_path_factory.mktemp("real"))


def rows_of(warehouse: Warehouse, view: str) -> list[figures.Row]:
    return in_order(warehouse.query(f"SELECT * FROM {view}").rows)


def in_order(rows: Iterator[figures.Row] | Sequence[figures.Row]) -> list[figures.Row]:
    return sorted(rows, key=lambda row: tuple(map(str, row)))


def expected(view: str, lines: Sequence[OrderLine]) -> list[figures.Row]:
    return in_order([*map(to_thousandths, figures.VIEWS[view](lines))])


def to_thousandths(row: figures.Row) -> figures.Row:
    """Decimals as the warehouse writes them, with three places: so they are put in the same order."""
    return tuple(value.quantize(Decimal("0.001")) if isinstance(value, Decimal) else value for value in row)


@pytest.mark.parametrize("view", figures.VIEWS)
def test_a_view_of_odd_lines_has_the_figures_of_plain_python(view: str, odd: Redshift) -> None:
    assert rows_of(warehouse_of(odd), view) == expected(view, ODD_LINES)


@needs_real_data
@pytest.mark.parametrize("view", sorted(figures.VIEWS.keys() - {"amounts"}))
def test_a_view_of_all_real_days_has_the_figures_of_plain_python(
    view: str, real_days: Warehouse, real_lines: list[OrderLine]
) -> None:
    assert rows_of(real_days, view) == expected(view, real_lines)


@needs_real_data
def test_the_kinds_of_all_real_lines_have_the_figures_of_plain_python(
    real_days: Warehouse, real_lines: list[OrderLine]
) -> None:
    rows = real_days.query("SELECT kind, COUNT(*), SUM(quantity), SUM(amount) FROM amounts GROUP BY kind").rows
    assert set(rows) == {
        (kind, len(of_it), figures.units(of_it), figures.net(of_it))
        for kind, of_it in figures.by(figures.kind, real_lines).items()
    }


@needs_real_data
def test_daily_sales_come_to_the_golden_totals(real_days: Warehouse) -> None:
    golden = json.loads((REAL_DATA / "golden.json").read_text("utf-8"))["by_day"]
    rows = real_days.query("SELECT day, lines, invoices, units, net FROM daily_sales").rows
    assert {str(day): figures for day, *figures in rows} == {
        day: [it["rows"], it["invoices"], it["quantity"], Decimal(it["net_amount"])] for day, it in golden.items()
    }


@needs_real_data
@pytest.mark.parametrize("name", ["daily", "hourly"])
def test_an_extract_of_all_real_days_comes_to_the_golden_totals(name: str, real_days: Warehouse) -> None:
    golden = json.loads((REAL_DATA / "golden.json").read_text("utf-8"))["by_day"]
    day, *_, net = (extract := read(real_days, name)).columns
    lines = next(column for column in extract.columns if column.name == "lines")
    assert day.values is not None
    totals = {it: (Decimal(0), Decimal(0)) for it in day.values}
    for place, counted, amount in zip(day.data, lines.data, net.data, strict=True):
        of_day = day.values[int(place)]
        totals[of_day] = totals[of_day][0] + counted, totals[of_day][1] + amount
    assert totals == {it: (figures["rows"], Decimal(figures["net_amount"])) for it, figures in golden.items()}
    assert list(totals) == sorted(golden)


@needs_real_data
@pytest.mark.parametrize(
    ("view", "money"),
    [
        ("invoices", "SUM(net)"),
        ("daily_sales", "SUM(gross + returns + adjustments)"),
        ("daily_country_sales", "SUM(gross + returns + adjustments)"),
        ("hourly_country_sales", "SUM(net)"),
        ("monthly_product_sales", "SUM(gross + returns + adjustments)"),
        ("countries", "SUM(gross + returns + adjustments)"),
        ("products", "SUM(gross + returns + adjustments)"),
    ],
)
def test_every_view_of_all_lines_comes_to_the_same_money(view: str, money: str, real_days: Warehouse) -> None:
    assert next(real_days.query(f"SELECT {money} FROM {view}").rows) == (Decimal("1308957.280"),)


@needs_real_data
def test_what_has_a_customer_comes_to_the_same_money_by_customer_and_by_cohort(real_days: Warehouse) -> None:
    (of_cohorts,) = real_days.query("SELECT SUM(net) FROM cohorts").rows
    assert of_cohorts == next(real_days.query("SELECT SUM(net) FROM customers").rows)


@pytest.mark.parametrize("view", figures.VIEWS)
def test_a_view_holds_every_decimal_exactly_to_three_places(view: str, odd: Redshift) -> None:
    described = odd.finished(odd.submit(f"SELECT * FROM {view}"))
    columns = odd.client.get_statement_result(Id=described["Id"])["ColumnMetadata"]
    assert {it["scale"] for it in columns if it["typeName"] == "numeric"} == {3}
    assert not any(it["typeName"].startswith("float") for it in columns)
