"""The real rows: every one parses, and what they come to equals golden.json to the third decimal."""

import json
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from commerce.files.documents import order_lines
from commerce.lines import FIELDS, OrderLine
from commerce.summaries import summaries, totals
from tests.orders import REAL_DATA, needs_real_data

pytestmark = needs_real_data


@cache
def golden() -> dict[str, Any]:
    return json.loads((REAL_DATA / "golden.json").read_text("utf-8"), parse_float=Decimal)  # type: ignore[no-any-return]


@cache
def lines() -> list[OrderLine]:
    read = []
    for file in sorted((REAL_DATA / "online-retail").glob("*.csv")):
        with file.open("rb") as document:
            for entry in order_lines(file.name, document):
                assert entry.line is not None, f"{file.name}, line {entry.line_number}: {entry.errors}"
                read.append(entry.line)
    return read


def figures(lines: Iterable[OrderLine]) -> dict[str, Any]:
    """The figures of golden.json about some rows."""
    lines = list(lines)
    sums = totals(lines)
    distinct = {tuple(getattr(line, field) for field in FIELDS) for line in lines}
    invoices = {line.InvoiceNo for line in lines}
    pairs = {(line.InvoiceNo, line.StockCode) for line in lines}
    assert len({line.LineId for line in lines}) == len(lines), "a line id stands twice"
    return {
        "rows": sums.Lines,
        "net_amount": sums.Amount,
        "quantity": sums.Units,
        "invoices": len(invoices),
        "cancelled_invoices": sum(number.startswith("C") for number in invoices),
        "adjustment_invoices": sum(number.startswith("A") for number in invoices),
        "cancelled_rows": sum(line.InvoiceNo.startswith("C") for line in lines),
        "customers": len({line.CustomerID for line in lines} - {None}),
        "rows_without_customer": sum(line.CustomerID is None for line in lines),
        "customer_invoice_pairs": len(summaries(lines)),
        "rows_without_description": sum(line.Description is None for line in lines),
        "stock_codes": len({line.StockCode for line in lines}),
        "countries": len({line.Country for line in lines}),
        "distinct_rows": len(distinct),
        "repeated_rows": sum(line.Occurrence > 1 for line in lines),
        "invoice_stockcode_pairs": len(pairs),
        "rows_lost_if_keyed_by_invoice_and_stockcode": len(lines) - len(pairs),
    }


def expected(figures: dict[str, Any]) -> dict[str, Any]:
    return figures | {"net_amount": Decimal(figures["net_amount"])}


def test_all_rows_come_to_the_golden_totals() -> None:
    assert figures(lines()) == expected(golden()["all"])
    assert len(lines()) == 77_628


@pytest.mark.parametrize(("form", "name"), [("%Y-%m", "by_month"), ("%Y-%m-%d", "by_day")])
def test_each_month_and_day_comes_to_its_golden_totals(form: str, name: str) -> None:
    parts: defaultdict[str, list[OrderLine]] = defaultdict(list)
    for line in lines():
        parts[line.InvoiceDate.strftime(form)].append(line)
    golden_parts = golden()[name]
    assert {part: figures(of_part) for part, of_part in parts.items()} == {
        part: expected(of_part) for part, of_part in golden_parts.items()
    }


def test_the_five_invoices_come_to_their_golden_totals() -> None:
    for invoice, of_invoice in golden()["invoices"].items():
        found = [line for line in lines() if line.InvoiceNo == invoice]
        assert {name: figures(found)[name] for name in of_invoice} == expected(of_invoice), invoice


@pytest.mark.parametrize(
    ("sample", "rows"),
    [
        ("course-sample-5-rows.csv", 5),
        ("original-date-format-417-rows.csv", 417),
        ("tab-separated-crlf.tsv", None),
    ],
)
def test_the_original_form_gives_the_same_lines_as_the_daily_files(sample: str, rows: int | None) -> None:
    with (REAL_DATA / "samples" / sample).open("rb") as document:
        read = [entry.line for entry in order_lines(sample, document)]
    assert None not in read
    assert rows in (None, len(read))
    assert {line.LineId for line in read if line} <= {line.LineId for line in lines()}
