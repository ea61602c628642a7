"""SQL over the table: answers, what it reads for them, and what it refuses."""

import io
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from commerce.columns import COLUMNS
from commerce.lines import OrderLine
from console.answers import SHOWN, show, write_csv, write_json
from glue_jobs.staging import SCHEMA, record_batch
from operations.lake.query import WrongQuery, answer, columns, syntax
from operations.lake.table import LakeTable
from tests.orders import a_line

NAMES = [column.name for column in COLUMNS]
LINES = [
    a_line(InvoiceNo=f"{600_000 + number}", Quantity=number, UnitPrice=Decimal("2.55"), Description=None)
    for number in range(1, 6)
]


class Rows(LakeTable):
    """A table of these lines, a batch each, which notes the columns that were asked for."""

    def __init__(self, lines: list[OrderLine]) -> None:
        self.lines = lines
        self.asked: list[str] = []

    def schema(self) -> Any:
        return SCHEMA

    def batches(self, columns: Iterable[str], days: tuple[date, date] | None = None) -> Iterator[Any]:
        self.asked = list(columns)
        return (record_batch([line]).select(self.asked) for line in self.lines)


def rows(sql: str, lines: list[OrderLine] = LINES) -> list[tuple[Any, ...]]:
    return list(answer(sql, Rows(lines)).rows())


def test_numbers_are_exact_and_times_have_no_zone() -> None:
    assert rows("SELECT sum(Quantity * UnitPrice) FROM order_lines") == [(Decimal("38.250"),)]
    (found,) = rows("SELECT * FROM order_lines WHERE InvoiceNo = '600003'")
    line = LINES[2]
    assert dict(zip(NAMES, found, strict=True)) == {name: getattr(line, name) for name in NAMES}


def test_the_table_may_be_named_more_than_once() -> None:
    assert rows("SELECT count(*) FROM order_lines a JOIN order_lines b USING (LineId)") == [(5,)]
    twice = "WITH big AS (SELECT * FROM order_lines WHERE Quantity > 3) SELECT count(*) FROM big a, big b"
    assert rows(twice) == [(4,)]


@pytest.mark.parametrize(
    ("sql", "used"),
    [
        ("SELECT count(*) FROM order_lines", ["Quantity"]),
        ("SELECT country, SUM(quantity) q FROM order_lines GROUP BY ALL ORDER BY q", ["Quantity", "Country"]),
        ("SELECT o.InvoiceNo FROM order_lines o JOIN order_lines p USING (LineId)", ["InvoiceNo", "LineId"]),
        ("SELECT 1 FROM order_lines WHERE exists (SELECT 1 WHERE Occurrence > 1)", ["Occurrence"]),
        ("SELECT * FROM order_lines", NAMES),
        ("FROM order_lines", NAMES),
        ("SELECT o.* EXCLUDE (LineId) FROM order_lines o", NAMES),
        ("SELECT o FROM order_lines o", NAMES),
        ("SELECT order_lines FROM order_lines", NAMES),
        ("SELECT columns('Inv.*') FROM order_lines", NAMES),
        ("SELECT #1 FROM order_lines", NAMES),
        ("SELECT a.InvoiceNo FROM order_lines a NATURAL JOIN order_lines b", NAMES),
        ("DESCRIBE order_lines", NAMES),
    ],
)
def test_only_the_columns_that_a_query_may_read_are_read(sql: str, used: list[str]) -> None:
    assert columns(syntax(sql, duckdb.connect()), NAMES) == used
    table = Rows(LINES)
    list(answer(sql, table).rows())
    assert table.asked == used


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM order_lines",
        "CREATE TABLE t AS SELECT 1",
        "COPY order_lines TO 'x.csv'",
        "SELEC 1",
        "",
        "SELECT 1; SELECT 2",
        "SELECT nothing FROM order_lines",
        "SELECT 1 FROM elsewhere",
        "SET threads = 1",
        "ATTACH 'x.db'",
    ],
)
def test_what_is_no_reading_query_is_refused(sql: str) -> None:
    with pytest.raises(WrongQuery):
        rows(sql)


def test_no_file_and_no_variable_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a\n1\n", "utf-8")
    for sql in (f"SELECT * FROM '{file}'", f"SELECT * FROM read_csv('{file}')", f"SELECT * FROM read_text('{file}')"):
        with pytest.raises(WrongQuery):
            rows(sql)
    frame = pa.table({"a": [1]})
    with pytest.raises(WrongQuery):
        rows("SELECT * FROM frame")
    assert frame.num_rows == 1


def test_an_empty_table_answers() -> None:
    assert rows("SELECT count(*), sum(Quantity) FROM order_lines", []) == [(0, None)]
    assert rows("SELECT * FROM order_lines", []) == []


def test_json_keeps_numbers_exact_and_columns_in_order() -> None:
    to = io.StringIO()
    row = (Decimal("2.550"), datetime(2010, 12, 1, 8, 26), None, 'a "£" [b]', float("inf"))
    write_json(["price", "at", "none", "text", "inf"], [row, row], to)
    assert to.getvalue().count('{"price":2.550,"at":"2010-12-01T08:26:00","none":null,') == 2
    assert json.loads(to.getvalue())[1] == {
        "price": 2.55, "at": "2010-12-01T08:26:00", "none": None, "text": 'a "£" [b]', "inf": None,
    }  # fmt: skip
    to = io.StringIO()
    write_json(["a"], [], to)
    assert json.loads(to.getvalue()) == []


def test_csv_has_a_header_and_leaves_what_is_missing_empty() -> None:
    to = io.StringIO()
    write_csv(["a", "b", "c"], [(Decimal("1E+2"), None, 'say "hi", all'), (1, datetime(2010, 12, 1), "x")], to)
    assert to.getvalue() == 'a,b,c\n100,,"say ""hi"", all"\n1,2010-12-01T00:00:00,x\n'


def test_a_long_answer_is_cut_on_the_screen_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show(["number"], ((number,) for number in range(SHOWN + 1_500)))
    printed = capsys.readouterr().out
    assert "… and 1,500 more rows: --csv or --json gives all" in printed
    assert [int(number) for number in printed.split()[1:4]] == [0, 1, 2]
    assert printed.splitlines()[-2].strip() == str(SHOWN - 1)


def test_a_statement_that_would_change_the_table_is_refused_in_words_about_the_lake() -> None:
    with pytest.raises(
        WrongQuery, match="^give one SELECT: this command reads the lake's table, which only jobs change$"
    ):
        syntax("DROP TABLE order_lines", duckdb.connect())
