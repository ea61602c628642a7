"""The rows of the warehouse, read by the Data API as reconcile and `tillstream sql` do."""

import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import tillstream
from operations.errors import StoreUnreachable
from operations.reconcile.hops.redshift import Redshift
from stores.target import Target
from tests.laptops import a_laptop
from tests.orders import a_line
from tests.redshift import Redshift as LocalRedshift
from tests.warehouse.loaded import load, schema_statements

pytestmark = pytest.mark.parts

LINES = [
    a_line(InvoiceNo="600001", InvoiceDate=datetime(2010, 12, 31, 23, 59, 59), Description=None, CustomerID=None),
    a_line(InvoiceNo="C600002", Quantity=-2, InvoiceDate=datetime(2011, 1, 1), UnitPrice=Decimal("0.001")),
    a_line(InvoiceNo="600003", InvoiceDate=datetime(2011, 2, 1), Description=" A \"quoted\", 'odd' £ "),
]


@pytest.fixture
def target(redshift: LocalRedshift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A laptop of which only the warehouse runs."""
    return a_laptop(
        tmp_path,
        monkeypatch,
        redshift,
        api_url="http://127.0.0.1:1/P",
        region=redshift.region,
        warehouse_workgroup=redshift.workgroup,
        warehouse_database=redshift.database,
        warehouse_secret=redshift.secret,
        endpoints={"redshift-data": redshift.endpoint},
    )


def test_a_warehouse_without_tables_or_without_a_batch_is_empty(redshift: LocalRedshift, target: Target) -> None:
    assert Redshift(target).is_empty()
    redshift.run(*schema_statements())
    assert Redshift(target).is_empty()
    redshift.run("INSERT INTO loaded_batches VALUES ('b', 1, 1, 1, NULL, GETDATE())")
    assert not Redshift(target).is_empty()


def test_every_row_comes_back_as_the_line_it_is_and_those_of_the_days_alone(
    redshift: LocalRedshift, target: Target, tmp_path: Path
) -> None:
    load(redshift, LINES, tmp_path)
    read = list(Redshift(target).lines(date(2010, 12, 31), date(2011, 1, 31)))
    assert sorted(read, key=lambda line: line.InvoiceDate) == LINES[:2]
    assert list(Redshift(target).lines(date(2011, 2, 1), date(2011, 2, 1))) == LINES[2:]


def test_rows_that_the_loads_added_and_that_stand_no_more_are_counted(
    redshift: LocalRedshift, target: Target, tmp_path: Path
) -> None:
    assert Redshift(target).lost_rows() == 0
    load(redshift, LINES, tmp_path)
    redshift.run(
        "DELETE FROM loaded_batches", f"INSERT INTO loaded_batches VALUES ('b', 9, 9, {len(LINES)}, NULL, GETDATE())"
    )
    assert Redshift(target).lost_rows() == 0
    redshift.run(f"DELETE FROM order_lines WHERE LineId = '{LINES[0].LineId}'")
    assert Redshift(target).lost_rows() == 1


def test_a_warehouse_that_does_not_answer_is_named(target: Target) -> None:
    from dataclasses import replace

    away = replace(target, endpoints={"redshift-data": "http://127.0.0.1:9"})
    with pytest.raises(StoreUnreachable, match="the warehouse tillstream-test cannot be read"):
        list(Redshift(away).lines(date(2011, 1, 1), date(2011, 1, 1)))


def test_sql_prints_a_table_or_csv_or_json(
    redshift: LocalRedshift,
    target: Target,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(redshift, LINES, tmp_path)
    query = "SELECT InvoiceNo, CustomerID, UnitPrice FROM order_lines ORDER BY InvoiceDate"
    assert tillstream.main(["sql", query, "--csv"]) == 0
    customer, price = LINES[1].CustomerID, LINES[0].UnitPrice
    assert capsys.readouterr().out.splitlines() == [
        "invoiceno,customerid,unitprice",
        f"600001,,{price:.3f}",
        f"C600002,{customer},0.001",
        f"600003,{customer},{price:.3f}",
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT COUNT(*) AS lines FROM order_lines"))
    assert tillstream.main(["sql", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"lines": 3}]
    assert tillstream.main(["sql", "SELECT COUNT(*) AS lines FROM order_lines"]) == 0
    assert capsys.readouterr().out.split() == ["lines", "3"]
    assert tillstream.main(["sql", "DELETE FROM order_lines WHERE CustomerID IS NOT NULL"]) == 0
    assert capsys.readouterr() == ("", "tillstream: 2 rows changed\n")
    assert tillstream.main(["sql", "CREATE TABLE others (n INTEGER)"]) == 0
    assert capsys.readouterr() == ("", "")


def test_what_the_warehouse_refuses_is_said_in_its_words(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    assert tillstream.main(["sql", "SELECT * FROM nowhere"]) == 1
    assert 'relation "nowhere" does not exist' in capsys.readouterr().err
