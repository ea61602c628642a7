"""The platform whole, from the templates: rows go in by the command, and every store is compared with the files."""

import json
import signal
import time
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.laptop import (
    GOLDEN,
    PATIENCE_SECONDS,
    REAL_DAYS,
    STREAM,
    WITHOUT_REAL_DAYS,
    Laptop,
    hops,
    platform,
)

pytestmark = pytest.mark.parts

needs_real_days = pytest.mark.skipif(not REAL_DAYS.is_dir(), reason=WITHOUT_REAL_DAYS)


def golden(since: str = "", until: str = "9") -> tuple[int, str]:
    """Rows and net amount (three decimals) of the real days from one to another."""
    totals = json.loads(GOLDEN.read_text("utf-8"))
    chosen = [sums for day, sums in totals["by_day"].items() if since <= day <= until]
    amount = sum((Decimal(sums["net_amount"]) for sums in chosen), Decimal(0))
    return sum(sums["rows"] for sums in chosen), f"{amount:.3f}"


def replay_twice_and_compare(laptop: Laptop, *rows: str, expected: tuple[int, str]) -> None:
    """Every hop equals the golden totals; a second replay adds deliveries and changes no line and no item."""
    target = laptop.target
    laptop.do("replay", *rows, seconds=1200)
    once = hops(laptop.reconcile(*rows, "--hops", STREAM, seconds=1800))
    for hop in once.values():
        assert (hop["lines"], hop["net_amount"]) == expected, hop["name"]
        assert hop["missing"] == hop["surplus"] == []
    assert len({hop["digest"] for hop in once.values()}) == 1
    items = [laptop.items(table) for table in (target.invoices_table, target.customers_table)]

    laptop.do("replay", *rows, seconds=1200)
    twice = hops(laptop.reconcile(*rows, "--hops", STREAM, seconds=1800))
    assert {name: hop["rows"] for name, hop in twice.items()} == {
        "csv": expected[0],
        "topic": 2 * expected[0],
        "s3": 2 * expected[0],
        "dynamodb": expected[0],
    }
    assert {hop["digest"] for hop in twice.values()} == {once["csv"]["digest"]}
    assert [laptop.items(table) for table in (target.invoices_table, target.customers_table)] == items


@needs_real_days
def test_five_real_days_agree_in_every_store_and_a_second_replay_changes_no_item(shared_laptop: Laptop) -> None:
    since, until = "2010-12-19", "2010-12-23"
    rows = (str(REAL_DAYS), "--since", since, "--until", until)
    replay_twice_and_compare(shared_laptop, *rows, expected=golden(since, until))


@pytest.mark.scale
@pytest.mark.timeout(3600)
@needs_real_days
def test_all_real_days_agree_in_every_store_and_a_second_replay_changes_no_item(tmp_path: Path) -> None:
    with platform(tmp_path, "--in-memory") as laptop:
        replay_twice_and_compare(laptop, str(REAL_DAYS), expected=golden())


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A generated day of some thousand rows, with all the data's oddities; none of the real days."""
    path = tmp_path / "2010-11-30.csv"
    Laptop(tmp_path).do("generate", "2010-11-30", "--seed", "7", "--invoices", "300", "-o", str(path))
    return path


def kill_once_it_has_sent(laptop: Laptop, state: Path, *rows: str) -> None:
    """Start a replay and kill it (-9) while rows are in flight, some time after its state has moved."""
    before = state.read_bytes() if state.exists() else b""
    replay = laptop.start("replay", *rows, "--state", str(state), "--batch", "50", "--connections", "2")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while replay.poll() is None and (state.read_bytes() if state.exists() else b"") == before:
        assert time.monotonic() < deadline, "the replay's state did not move"
        time.sleep(0.01)
    replay.send_signal(signal.SIGKILL)
    replay.wait()


def test_a_replay_killed_three_times_and_resumed_agrees(shared_laptop: Laptop, tmp_path: Path, day: Path) -> None:
    state = tmp_path / "replay.json"
    for _ in range(3):
        kill_once_it_has_sent(shared_laptop, state, str(day))
    summary = json.loads(shared_laptop.do("replay", str(day), "--state", str(state), "--json"))
    answer = hops(shared_laptop.reconcile(str(day), "--hops", STREAM))
    assert answer["topic"]["lines"] == answer["csv"]["lines"] > 2000
    # the summary is that of the whole replay, over all its runs
    assert (summary["accepted"], summary["unsent"]) == (answer["csv"]["lines"], 0)
    # a finished replay sends nothing more
    shared_laptop.do("replay", str(day), "--state", str(state))
    assert hops(shared_laptop.reconcile(str(day), "--hops", STREAM))["topic"]["rows"] == answer["topic"]["rows"]
