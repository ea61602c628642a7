"""A customer is erased from a running platform, and the same files do not bring the customer back."""

import csv
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from commerce.lines import FIRST_FIELDS
from tests.end_to_end.laptop import Laptop, hops, platform

pytestmark = [pytest.mark.parts, pytest.mark.scale, pytest.mark.timeout(5400)]

HOPS = ("--hops", "topic,s3,dynamodb,lake,redshift")
GONE, LEFT = "17850", "12583"
LINES = 40


def a_day(path: Path, first: int) -> str:
    """A CSV of two invoices, one of each customer."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(FIRST_FIELDS)
        for number, customer in enumerate((GONE, LEFT)):
            for at in range(LINES // 2):
                rows.writerow([first + number, f"S{at}", "MUG", 1, "2010-12-01 08:26:00", "2.55", customer, "France"])
    return str(path)


def reconciled(laptop: Laptop, *files: str) -> dict[str, Any]:
    answer = json.loads(laptop.do("reconcile", *files, *HOPS, "--exact", "--json"))
    return {name: hop["lines"] for name, hop in hops(answer).items()} | {"erased": answer["erased_rows"]}


def held(laptop: Laptop) -> dict[str, tuple[int, int]]:
    """Rows of lines and other records, by store, of those that hold any of the customer."""
    found = json.loads(laptop.do("erase", GONE, "--dry-run", "--json"))["found"]
    return {it["store"]: (it["rows"], it["others"]) for it in found if it["rows"] or it["others"]}


def test_a_customer_is_erased_from_every_store_and_does_not_come_back(tmp_path: Path) -> None:
    streamed, dropped = a_day(tmp_path / "streamed.csv", 536_365), a_day(tmp_path / "dropped.csv", 536_367)
    with platform(tmp_path) as laptop:
        laptop.do("replay", streamed)
        laptop.do("reconcile", streamed, "--hops", "topic,s3,dynamodb")
        laptop.do("put", dropped)
        laptop.do("job", "all")
        assert held(laptop).keys() == {"raw objects", "tables", "lake", "dropped files", "staged files", "warehouse"}

        # killed on the way, and run again
        first = laptop.start("erase", GONE, "--yes", stderr=subprocess.PIPE)
        assert first.stderr is not None
        assert any("erasing: lake" in line for line in first.stderr)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        said = laptop.do("erase", GONE, "--yes")
        assert "erased but for 20 messages of the topic, which every consumer drops (until " in said
        assert held(laptop) == {}
        rows = {**dict.fromkeys(("csv", "dynamodb", "lake", "redshift"), LINES), "topic": LINES // 2, "s3": LINES // 2}
        assert reconciled(laptop, streamed, dropped) == rows | {"erased": LINES}
        assert laptop.run("customer", GONE).returncode == 1
        assert json.loads(laptop.do("sql", "SELECT COUNT(*) AS n FROM order_lines", "--json")) == [{"n": LINES}]

        # the same files again, by both ways
        laptop.do("replay", streamed)
        laptop.do("reconcile", streamed, "--hops", "topic,s3,dynamodb")
        laptop.do("put", a_day(tmp_path / "again.csv", 536_367))
        laptop.do("job", "all")
        assert held(laptop) == {"dropped files": (LINES // 2, 0)}
        laptop.do("erase", GONE, "--yes")
        assert held(laptop) == {}
        assert reconciled(laptop, streamed, dropped) == rows | {"erased": LINES}
        assert "carried out by" in laptop.do("erase", "list")
