"""Copies are counted over one document, in any order of its rows, in bounded memory."""

import tracemalloc
from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import copies as counting
from commerce.copies import HORIZON, Copies
from commerce.errors import NoRoom
from commerce.identity import order_line
from commerce.lines import OrderRow
from tests.orders import a_row

START = datetime(2010, 12, 1, 8, 26)
LIMIT = "MOST_COUNTED"


def naive(rows: list[OrderRow]) -> list[str]:
    seen: Counter[OrderRow] = Counter()
    ids = []
    for row in rows:
        seen[row] += 1
        ids.append(order_line(row, seen[row]).LineId)
    return ids


def counted(rows: list[OrderRow]) -> list[str]:
    with Copies() as copies:
        return [copies.line(row).LineId for row in rows]


few_rows = st.builds(
    lambda quantity, hours: a_row(Quantity=quantity, InvoiceDate=START + timedelta(hours=hours)),
    st.integers(1, 2),
    st.integers(0, 40).map(lambda step: step * 6),
)


@given(st.lists(few_rows, max_size=60))
def test_copies_are_counted_as_a_plain_counter_would_in_any_order(rows: list[OrderRow]) -> None:
    assert counted(rows) == naive(rows)


@given(rows=st.lists(few_rows, max_size=60), most=st.integers(1, 5))
def test_copies_are_counted_alike_where_one_day_is_more_than_memory_may_hold(rows: list[OrderRow], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, LIMIT, most)
        assert counted(rows) == naive(rows)


def test_a_copy_that_comes_weeks_later_in_the_document_is_still_a_copy() -> None:
    old, new = a_row(), a_row(InvoiceDate=START + 10 * HORIZON)
    assert counted([old, new, old, old, new]) == naive([old, new, old, old, new])


def test_rows_at_both_ends_of_time_are_counted() -> None:
    rows = [a_row(InvoiceDate=datetime(1900, 1, 1)), a_row(InvoiceDate=datetime(2099, 12, 31, 23, 59, 59))] * 2
    assert counted(rows) == naive(rows)


def test_a_folder_without_room_for_the_counts_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, LIMIT, 10)
    with Copies() as copies:
        copies._spilled().execute("PRAGMA max_page_count = 3")  # SQLite answers as where the disk is full
        with pytest.raises(NoRoom, match="database or disk is full.*TMPDIR"):
            [copies.line(a_row(Quantity=number + 1)) for number in range(1_000)]


def test_two_documents_do_not_know_of_each_other() -> None:
    assert counted([a_row()]) == counted([a_row()])


def peak_bytes(rows: int, rows_a_day: int) -> int:
    tracemalloc.start()
    with Copies() as copies:
        for number in range(rows):
            copies.line(a_row(Quantity=number + 1, InvoiceDate=START + timedelta(days=number // rows_a_day)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_days_of_a_document() -> None:
    assert peak_bytes(6_000, 100) < 1.5 * peak_bytes(1_000, 100)


def test_memory_does_not_grow_with_the_rows_of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, LIMIT, 500)
    assert peak_bytes(6_000, 6_000) < 1.5 * peak_bytes(1_000, 1_000)


def test_a_large_document_out_of_order_is_counted_right() -> None:
    random = Random(5)
    rows = [
        a_row(Quantity=random.randint(1, 40), InvoiceDate=START + timedelta(days=random.randint(0, 30)))
        for _ in range(8_000)
    ]
    assert counted(rows) == naive(rows)
