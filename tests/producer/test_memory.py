"""A replay needs the same memory for a file of any size, and while one request is late."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from producer import believable_day
from tests.producer.api_server import ApiServer, Reply, Request, cheaply_accepted
from tests.producer.conftest import environment

REPOSITORY = Path(__file__).parent.parent.parent
MOST_MORE_MB = 30
MEASURED = """
import re, sys, tillstream
code = tillstream.main(sys.argv[1:])
print(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1])
sys.exit(code)
"""
"""The command, which says its own peak in kB last. What wait4 tells of a child begins with the memory of its parent."""


def days(path: Path, rows: int, invoices_a_day: int) -> int:
    """A file of generated days with at least this many rows; answers how many it has."""
    written, day = 0, date(2010, 12, 1)
    with path.open("wb") as file:
        while written < rows:
            for number, record in enumerate(believable_day.records(day, invoices=invoices_a_day)):
                if number or not written:
                    file.write(record)
                    written += bool(number)
            day += timedelta(days=1)
    return written


def peak_mb(script: Callable[[Request], Reply], path: Path) -> tuple[float, int]:
    """What a replay of this file needed at most, and how many rows the API accepted."""
    with ApiServer(script, remember=False) as api:
        call = [sys.executable, "-c", MEASURED, "replay", str(path), "--state", f"{path}.state"]
        done = subprocess.run(
            call, cwd=REPOSITORY, env=os.environ | environment(api.url), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return int(done.stdout) / 1024, api.rows_accepted


@pytest.mark.parts
def test_a_file_of_300_000_rows_needs_no_more_memory_than_one_of_20_000(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    few, many = days(small, 20_000, 900), days(large, 300_000, 900)
    few_mb, few_accepted = peak_mb(cheaply_accepted, small)
    many_mb, many_accepted = peak_mb(cheaply_accepted, large)
    print(f"{few:,} rows: {few_mb:.0f} MB; {many:,} rows: {many_mb:.0f} MB")
    assert (few_accepted, many_accepted) == (few, many)
    assert many_mb < few_mb + MOST_MORE_MB


@pytest.mark.scale
def test_one_request_that_is_late_holds_no_more_than_its_window_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    rows = days(path, 900_000, 2_000)

    def script(request: Request) -> Reply:
        late = Reply(after_seconds=15) if request.number == 3 else Reply()
        return Reply(202, cheaply_accepted(request).body, after_seconds=late.after_seconds)

    mb, accepted = peak_mb(script, path)
    print(f"{rows:,} rows, one request 15 s late: {mb:.0f} MB")
    assert accepted == rows
    assert mb < 200
