"""The batch path whole: days by the stream, from the folder, and by both end in the same items and the same rows."""

import json
import random
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.contents import as_the_stream_makes_them, in_the_lake, in_the_tables, in_the_warehouse, lines_of
from tests.end_to_end.driver import Driver, one_driver
from tests.end_to_end.laptop import GOLDEN, REAL_DAYS, WITHOUT_REAL_DAYS, Laptop, hops, platform

pytestmark = [
    pytest.mark.parts,
    pytest.mark.timeout(5400),
    pytest.mark.skipif(not REAL_DAYS.is_dir(), reason=WITHOUT_REAL_DAYS),
]

FEW = 3
"""The number of days, the smallest ones, in `make test`: one for each way that rows take."""

LOAD = ("load_tables", "--items-per-second", "5000")
"""The laptop's own rate is the smallest stage's; what is shown here does not depend on it."""

Stores = tuple[list[dict[str, Any]], list[dict[str, Any]], str, str]
"""All items of Invoices and of Customers, and all rows of the lake and of Redshift as CSV in the order of LineId."""

HELD = ("Invoices", "Customers", "lake", "Redshift")


def real_days(count: int | None = None) -> list[str]:
    """The smallest days, or all, in their order."""
    smallest = sorted(REAL_DAYS.glob("*.csv"), key=lambda day: day.stat().st_size)[:count]
    return [str(day) for day in sorted(smallest)]


def golden_of(days: Sequence[str]) -> tuple[int, str]:
    """Rows and net amount (three decimals) of these days."""
    sums = [json.loads(GOLDEN.read_text("utf-8"))["by_day"][Path(day).stem] for day in days]
    amount = sum((Decimal(each["net_amount"]) for each in sums), Decimal(0))
    return sum(each["rows"] for each in sums), f"{amount:.3f}"


def stores(laptop: Laptop) -> Stores:
    """The content of the stores, to be compared byte for byte."""
    target = laptop.target
    lake, sql = (laptop.do(how, "SELECT * FROM order_lines ORDER BY LineId", "--csv") for how in ("lake", "sql"))
    return laptop.items(target.invoices_table), laptop.items(target.customers_table), lake, sql


def finish(laptop: Laptop, driver: Driver, days: Sequence[str], expected: tuple[int, str]) -> None:
    """Load the warehouse and reconcile every hop."""
    driver.run("load_warehouse")
    answer = hops(laptop.reconcile(*days, "--hops", "topic,s3,dynamodb,lake,redshift"))
    assert list(answer) == ["csv", "topic", "s3", "dynamodb", "lake", "redshift"]
    for name in ("csv", "dynamodb", "lake", "redshift"):
        assert (answer[name]["lines"], answer[name]["net_amount"]) == expected, name
        assert answer[name]["missing"] == answer[name]["surplus"] == []
    assert answer["redshift"]["rows"] == answer["lake"]["rows"] == answer["dynamodb"]["rows"] == expected[0]


def at_rest(laptop: Laptop, days: Sequence[str]) -> None:
    """Let the stream come to rest: curate takes what is filed by then."""
    laptop.reconcile(*days, "--hops", "topic,s3")


def by_folder(laptop: Laptop, days: Sequence[str], expected: tuple[int, str], home: Path) -> None:
    """All days dropped, and one of them under another name beside it."""
    laptop.do("put", *days, renamed(days[0], home))
    with one_driver(laptop.state) as driver:
        driver.run("curate")
        driver.run(*LOAD)
        finish(laptop, driver, days, expected)


def by_stream(laptop: Laptop, days: Sequence[str], expected: tuple[int, str]) -> None:
    """All days sent; load_tables has nothing to do with them."""
    laptop.do("replay", *days)
    at_rest(laptop, days)
    with one_driver(laptop.state) as driver:
        driver.run("curate")
        finish(laptop, driver, days, expected)


def by_both(laptop: Laptop, days: Sequence[str], expected: tuple[int, str], home: Path) -> None:
    """Each day by the stream, from the folder, or both; the jobs run while the stream does."""
    rng = random.Random(len(days))
    ways = ["stream", "folder", "both", *rng.choices(["stream", "folder", "both"], k=len(days) - 3)]
    rng.shuffle(ways)
    streamed = [day for day, way in zip(days, ways, strict=True) if way != "folder"]
    dropped = [day for day, way in zip(days, ways, strict=True) if way != "stream"]
    laptop.do("put", *dropped[:-1])
    with one_driver(laptop.state) as driver:
        left = while_it_streams(laptop, partial(driver.run, "curate"), streamed[:-1])
        left += while_it_streams(laptop, partial(driver.run, *LOAD), streamed[-1:])
        if left:
            laptop.do("replay", *left)
        laptop.do("put", dropped[-1], renamed(dropped[0], home))
        at_rest(laptop, streamed)
        driver.run("curate")
        driver.run(*LOAD)
        finish(laptop, driver, days, expected)


def while_it_streams(laptop: Laptop, job: Callable[[], None], days: Sequence[str]) -> list[str]:
    """Run the job while days are sent one after another, then some rows again and again; the days not sent by its end.

    Rows that are sent again change nothing, and keep the stream flowing for as long as the job takes.
    """
    left = list(days)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(job)
        while not run.done():
            rows = [left.pop(0)] if left else [days[0], "--rows", "100"]
            laptop.do("replay", *rows, "--connections", "1")
    run.result()
    return left


def renamed(day: str, home: Path) -> str:
    """A copy of a file under another name: another input, which holds no new line."""
    return str(shutil.copyfile(day, home / f"again-{Path(day).name}"))


def test_three_real_days_by_three_ways_are_in_every_store_as_their_files_say(tmp_path: Path) -> None:
    days = real_days(FEW)
    with platform(tmp_path, "--in-memory") as laptop:
        by_both(laptop, days, golden_of(days), tmp_path)
        lines = lines_of(days)
        assert in_the_tables(laptop) == as_the_stream_makes_them(laptop, lines)
        assert in_the_lake(laptop) == lines
        assert in_the_warehouse(laptop) == lines


@pytest.mark.scale
@pytest.mark.timeout(5400)
def test_all_real_days_end_alike_whichever_way_they_came(tmp_path: Path) -> None:
    """Each way from empty stores. Raw files follow on one another, so each platform streams once."""
    days = real_days()
    expected = golden_of(days)
    with platform(tmp_path, "--in-memory") as laptop:
        by_folder(laptop, days, expected, tmp_path)
        others = {"folder": stores(laptop)}
        laptop.empty()
        by_stream(laptop, days, expected)
        streamed = stores(laptop)
    with platform(tmp_path, "--in-memory") as laptop:
        by_both(laptop, days, expected, tmp_path)
        others["both"] = stores(laptop)
    assert len(streamed[0]) == expected[0]
    assert len(streamed[2].splitlines()) == len(streamed[3].splitlines()) == expected[0] + 1
    for name, held in others.items():
        for what, ours, theirs in zip(HELD, held, streamed, strict=True):
            assert ours == theirs, f"{what} by {name} differs from {what} by the stream"
