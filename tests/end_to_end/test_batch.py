"""The batch path whole: days by the stream, from the folder, and by both end in the same items and lake rows."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.laptop import REAL_DAYS, WITHOUT_REAL_DAYS, Laptop, hops, platform
from tests.end_to_end.test_platform import golden

pytestmark = [
    pytest.mark.parts,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not REAL_DAYS.is_dir(), reason=WITHOUT_REAL_DAYS),
]

DECEMBER = 4
"""Days that `make test` takes."""

Stores = tuple[list[dict[str, Any]], list[dict[str, Any]], str]
"""All items of Invoices and of Customers, and all rows of the lake as CSV in the order of LineId."""


def real_days(count: int | None = None) -> list[str]:
    return [str(day) for day in sorted(REAL_DAYS.glob("*.csv"))[:count]]


def stores(laptop: Laptop) -> Stores:
    """What the stores hold, to be compared byte for byte."""
    target = laptop.target
    rows = laptop.do("lake", "SELECT * FROM order_lines ORDER BY LineId", "--csv")
    return laptop.items(target.invoices_table), laptop.items(target.customers_table), rows


def finish(laptop: Laptop, days: Sequence[str], expected: tuple[int, str]) -> Stores:
    """Let the stream come to rest, run the workflow, and reconcile every hop."""
    laptop.do("job", "all", seconds=1800)
    answer = hops(laptop.reconcile(*days, seconds=1800))
    assert list(answer) == ["csv", "topic", "s3", "dynamodb", "lake"]
    for name in ("csv", "dynamodb", "lake"):
        assert (answer[name]["lines"], answer[name]["net_amount"]) == expected, name
        assert answer[name]["missing"] == answer[name]["surplus"] == []
    assert answer["lake"]["rows"] == answer["dynamodb"]["rows"] == expected[0]
    return stores(laptop)


def by_stream(home: Path, days: Sequence[str], expected: tuple[int, str]) -> Stores:
    with platform(home, "--in-memory") as laptop:
        laptop.do("replay", *days, seconds=1800)
        # curate takes what is filed by then: the stream has to have come to rest
        laptop.reconcile(*days, "--hops", "topic,s3", seconds=1800)
        return finish(laptop, days, expected)


def by_folder(home: Path, days: Sequence[str], expected: tuple[int, str]) -> Stores:
    with platform(home, "--in-memory") as laptop:
        laptop.do("put", *days)
        held = finish(laptop, days, expected)
        # the same files under another name are new inputs, and hold no new line
        for number, day in enumerate(days[:2]):
            again = home / f"again-{number}.csv"
            again.write_bytes(Path(day).read_bytes())
            laptop.do("put", str(again))
        laptop.do("job", "all", seconds=1800)
        assert stores(laptop) == held
        return held


def by_both(home: Path, days: Sequence[str], expected: tuple[int, str], seed: int) -> Stores:
    """Each day by the stream, from the folder, or both; the workflow runs while the stream does."""
    rng = random.Random(seed)
    ways = ["stream", "folder", "both", *rng.choices(["stream", "folder", "both"], k=len(days) - 3)]
    rng.shuffle(ways)
    streamed = [day for day, way in zip(days, ways, strict=True) if way != "folder"]
    dropped = [day for day, way in zip(days, ways, strict=True) if way != "stream"]
    with platform(home, "--in-memory") as laptop:
        replay = laptop.start("replay", *streamed, "--batch", "50", "--connections", "2")
        try:
            for day in dropped[:-1]:
                laptop.do("put", day)
            laptop.do("job", "all", seconds=1800)
            laptop.do("put", dropped[-1])
            assert replay.wait(1800) == 0
        finally:
            replay.kill()
        laptop.reconcile(*streamed, "--hops", "topic,s3", seconds=1800)
        return finish(laptop, days, expected)


def the_same_whichever_way(home: Path, days: Sequence[str], expected: tuple[int, str]) -> None:
    folders = [home / name for name in ("stream", "folder", "both")]
    for folder in folders:
        folder.mkdir()
    streamed = by_stream(folders[0], days, expected)
    assert len(streamed[0]) == expected[0]
    assert len(streamed[2].splitlines()) == expected[0] + 1
    for name, held in (
        ("folder", by_folder(folders[1], days, expected)),
        ("both", by_both(folders[2], days, expected, seed=len(days))),
    ):
        for what, ours, theirs in zip(("Invoices", "Customers", "lake"), held, streamed, strict=True):
            assert ours == theirs, f"{what} by {name} differs from {what} by the stream"


def test_four_real_days_end_alike_whichever_way_they_came(tmp_path: Path) -> None:
    days = real_days(DECEMBER)
    the_same_whichever_way(tmp_path, days, golden(until=Path(days[-1]).stem))


@pytest.mark.scale
@pytest.mark.timeout(5400)
def test_all_real_days_end_alike_whichever_way_they_came(tmp_path: Path) -> None:
    the_same_whichever_way(tmp_path, real_days(), golden())
