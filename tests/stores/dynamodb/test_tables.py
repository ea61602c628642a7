"""The tables hold each line and the right summary after any puts and offers, and are read page by page."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace as replace_struct

from commerce.keys import line_key
from commerce.lines import OrderLine
from commerce.summaries import VERSION, InvoiceSummary, summaries
from stores.dynamodb.tables import Tables
from stores.retries import OutOfTime, Retries
from tests.orders import a_line
from tests.protocols.dynamodb import FakeDynamoDB
from tests.protocols.world import refused
from tests.stores.servers import all_lines, all_summaries

HARD_LINES = [
    a_line(UnitPrice=Decimal("0"), Quantity=0, Description=None, CustomerID=None),
    a_line(UnitPrice=Decimal("-11062.06"), Quantity=-(2**31)),
    a_line(UnitPrice=Decimal("0.001"), StockCode="A#B", CustomerID=10**15),
    a_line(UnitPrice=Decimal(10**9), Description="  £20.00 ", Country="Île-de-France"),
    a_line(Occurrence=2),
]


def lines(count: int, InvoiceNo: str = "600001", **fields: Any) -> list[OrderLine]:
    return [a_line(InvoiceNo=InvoiceNo, StockCode=f"S{number:05}", **fields) for number in range(count)]


def by_key(found: list[OrderLine]) -> list[OrderLine]:
    return sorted(found, key=line_key)


def a_summary(Lines: int, Version: int = VERSION, Units: int = 0) -> InvoiceSummary:
    return InvoiceSummary(7, "600001", datetime(2010, 12, 1), "France", Lines, Units, Decimal("2.5"), Version)


def test_an_invoice_comes_back_as_its_lines_were_put(tables: Tables) -> None:
    tables.put_lines(HARD_LINES)
    assert tables.invoice_lines("600001") == by_key(HARD_LINES)


def test_a_cancelled_invoice_and_that_of_the_same_number_stay_apart(tables: Tables) -> None:
    kept, cancelled = a_line(InvoiceNo="536379"), a_line(InvoiceNo="C536379")
    tables.put_lines([kept, cancelled])
    assert tables.invoice_lines("536379") == [kept]
    assert tables.invoice_lines("C536379") == [cancelled]


def test_what_misses_of_some_lines_is_put_and_summaries_that_count_too_few_are_renewed(tables: Tables) -> None:
    whole, torn, absent = lines(3, "600001"), lines(40, "600002"), lines(2, "600003")
    uncounted, without_customer = lines(5, "600004"), lines(2, "600005", CustomerID=None)
    tables.add([*whole, *torn[:10], *uncounted[:4]])
    tables.put_lines([*torn[10:30], *uncounted])

    tables.complete([*whole, *torn, *absent, *uncounted, *without_customer])

    everything = [*whole, *torn, *absent, *uncounted, *without_customer]
    assert all_lines(tables) == by_key(everything)
    assert all_summaries(tables) == summaries(everything)


def test_what_is_stored_and_counted_is_not_written_again(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    some = [*lines(30), *lines(3, "600002", CustomerID=None)]
    tables.add(some)
    for write in ("batch_write_item", "put_item"):
        monkeypatch.setattr(tables.client, write, None)

    tables.complete(some[5:])


def test_a_summary_by_an_older_formula_is_renewed_as_well(tables: Tables) -> None:
    some = lines(3)
    tables.put_lines(some)
    [right] = summaries(some)
    tables.offer(replace_struct(right, Units=right.Units + 1, Version=VERSION - 1))

    tables.complete(some)

    assert all_summaries(tables) == [right]


def test_a_line_is_held_once_it_is_put_and_no_other_of_its_invoice(tables: Tables) -> None:
    first, second = lines(2)
    tables.put_lines([first])
    assert (tables.holds(first), tables.holds(second)) == (True, False)


def test_lines_put_twice_stand_once(tables: Tables) -> None:
    some = lines(60)
    tables.put_lines(some + some[:30])
    tables.put_lines(some)
    assert all_lines(tables) == some


def test_adding_lines_leaves_the_summaries_of_their_invoices(tables: Tables) -> None:
    both = [*lines(7, "600001"), *lines(3, "600002", CustomerID=8), *lines(2, "600003", CustomerID=None)]
    tables.add(both[:4])
    tables.add(both[4:])
    assert all_summaries(tables) == summaries(both)


def test_a_summary_of_more_lines_wins(tables: Tables) -> None:
    assert tables.offer(a_summary(Lines=2))
    assert tables.offer(a_summary(Lines=3))
    assert not tables.offer(a_summary(Lines=2, Version=VERSION + 1))
    assert not tables.offer(a_summary(Lines=3))
    assert all_summaries(tables) == [a_summary(Lines=3)]


def test_of_as_many_lines_the_newer_formula_wins(tables: Tables) -> None:
    assert tables.offer(a_summary(Lines=2, Units=1))
    assert not tables.offer(a_summary(Lines=2, Units=2))
    assert not tables.offer(a_summary(Lines=2, Units=3, Version=VERSION - 1))
    assert tables.offer(a_summary(Lines=2, Units=4, Version=VERSION + 1))
    assert all_summaries(tables) == [a_summary(Lines=2, Units=4, Version=VERSION + 1)]


def test_the_invoices_of_a_customer_come_newest_first(tables: Tables) -> None:
    days = [datetime(2010, 12, day) for day in (3, 1, 9, 9, 4)]
    some = [a_line(InvoiceNo=str(600001 + n), InvoiceDate=day, CustomerID=7) for n, day in enumerate(days)]
    tables.add([*some, a_line(InvoiceNo="600009", CustomerID=8)])
    assert [summary.InvoiceDate.day for summary in tables.customer_summaries(7)] == [9, 9, 4, 3, 1]


def test_who_never_bought_has_no_invoices(tables: Tables) -> None:
    assert tables.customer_summaries(7) == []


@pytest.mark.parts
@pytest.mark.parametrize("tables", ["parts"], indirect=True)
def test_an_invoice_of_several_real_pages_is_written_by_threads_and_read_whole(tables: Tables) -> None:
    long = lines(3_000, Description="x" * 200)  # above 1 MB, which a query answers at once
    with ThreadPoolExecutor(8) as pool:
        replace(tables, each=pool.map).add(long)
    assert tables.invoice_lines("600001") == long
    assert [summary.Lines for summary in all_summaries(tables)] == [3_000]


class Stubborn(FakeDynamoDB):
    """Tables that leave the last item of each batch unprocessed, or refuse everything."""

    refuses = False

    def batch_write_item(self, *, RequestItems: dict[str, list[dict[str, object]]]) -> dict[str, object]:
        if self.refuses:
            raise refused("BatchWriteItem", 400, "ThrottlingException")
        return {"UnprocessedItems": {table: requests[-1:] for table, requests in RequestItems.items()}}


@pytest.mark.parametrize(("refuses", "raised"), [(False, OutOfTime), (True, ClientError)])
@pytest.mark.parametrize("tables", ["memory"], indirect=True)
def test_lines_that_are_not_taken_in_time_are_no_success(
    tables: Tables, refuses: bool, raised: type[Exception]
) -> None:
    slept: list[float] = []
    retries = Retries(lambda: 10 - sum(slept), sleep=slept.append, jitter=lambda: 1.0)
    stubborn = Stubborn.__new__(Stubborn)
    stubborn.refuses = refuses
    with pytest.raises(raised):
        replace(tables, client=cast(Any, stubborn), retries=retries).put_lines(lines(3))
    assert slept == sorted(slept)
    assert 5 < sum(slept) <= 8
