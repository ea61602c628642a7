"""Lines as Parquet: the same lines come back, in bounded batches."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce import columns
from commerce.lines import OrderLine
from glue_jobs import staging
from glue_jobs.staging import LineFile, record_batches
from tests.orders import a_line, order_lines


def read_back(path: Path) -> list[OrderLine]:
    rows = [row for batch in record_batches(path) for row in batch.to_pylist()]
    return [columns.line(*row.values()) for row in rows]


@given(st.lists(order_lines, max_size=20))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_line_comes_back_as_it_was(tmp_path: Path, lines: list[OrderLine]) -> None:
    with LineFile(tmp_path / "lines.parquet") as file:
        for line in lines:
            file.add(line)
    assert read_back(file.path) == lines
    assert file.lines == len(lines)
    assert file.months == {date(line.InvoiceDate.year, line.InvoiceDate.month, 1) for line in lines}


def test_the_greatest_price_is_kept_exactly(tmp_path: Path) -> None:
    line = a_line(UnitPrice=Decimal("-1000000000"), InvoiceDate=datetime(2099, 12, 31, 23, 59, 59))
    with LineFile(tmp_path / "lines.parquet") as file:
        file.add(line)
    assert read_back(file.path) == [line]


def test_more_lines_than_are_held_at_once_are_all_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "ROWS_AT_ONCE", 10)
    lines = [a_line(Occurrence=number) for number in range(1, 26)]
    with LineFile(tmp_path / "lines.parquet") as file:
        for line in lines:
            file.add(line)
    assert [batch.num_rows for batch in record_batches(file.path)] == [10, 10, 5]
    assert read_back(file.path) == lines
