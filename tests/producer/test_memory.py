"""A replay needs the same memory for a file of any size, and while one request is late."""

import gzip
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import IO

import pytest

from producer import generate
from tests.orders import cells, csv_document
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
            for number, record in enumerate(generate.records(day, invoices=invoices_a_day)):
                if number or not written:
                    file.write(record)
                    written += bool(number)
            day += timedelta(days=1)
    return written


def measured(api: ApiServer, *arguments: object) -> tuple[float, int, str]:
    """The most memory of a replay with these arguments in MB, its exit code, and its messages."""
    call = [sys.executable, "-c", MEASURED, "replay", *map(str, arguments)]
    env = os.environ | environment(api.url)
    done = subprocess.run(call, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    return int(done.stdout.splitlines()[-1]) / 1024, done.returncode, done.stderr


def peak_mb(script: Callable[[Request], Reply], path: Path) -> tuple[float, int]:
    """The most memory of a replay of this file, and the number of rows that the API accepted."""
    with ApiServer(script, remember=False) as api:
        mb, code, said = measured(api, path, "--state", f"{path}.state")
        assert code == 0, said
        return mb, api.rows_accepted


def long_line(path: Path, wrapping: str) -> Path:
    """A file of two rows and one of 100 MB, in this wrapping."""

    def write(file: IO[bytes]) -> None:
        file.write(csv_document(cells(), cells(Quantity="7")))
        for _ in range(100):
            file.write(b"x" * 1_000_000)

    if wrapping == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("day.csv", "w") as member:
            write(member)
    else:
        with gzip.open(path, "wb") if wrapping == "gzip" else path.open("wb") as file:
            write(file)  # type: ignore[arg-type]
    return path


@pytest.mark.parts
@pytest.mark.parametrize("wrapping", ["", "gzip", "zip"])
def test_a_line_of_100_mb_is_named_in_the_memory_of_a_short_file(tmp_path: Path, wrapping: str) -> None:
    small = tmp_path / "small.csv"
    small.write_bytes(csv_document(cells(), cells(Quantity="7")))
    path = long_line(tmp_path / "long", wrapping)
    member = "/day.csv" if wrapping == "zip" else ""
    with ApiServer(cheaply_accepted, remember=False) as api:
        usual_mb, _, _ = measured(api, small)
        mb, code, said = measured(api, path)
        assert code == 2
        assert f"{path}{member}, line 4: a record above 1,000,000 bytes, or a quote that is never closed" in said
        assert "2 accepted" in said
    print(f"{wrapping or 'plain'}: {usual_mb:.0f} MB for a short file, {mb:.0f} MB")
    assert mb < usual_mb + MOST_MORE_MB


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A file of some 300,000 rows, and how many it has."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    return path, days(path, 300_000, 900)


@pytest.mark.scale
def test_a_check_of_300_000_rows_needs_little_more_memory_than_one_of_40_000(
    tmp_path: Path, large: tuple[Path, int]
) -> None:
    small = tmp_path / "small.csv"
    days(small, 40_000, 900)
    with ApiServer(cheaply_accepted, remember=False) as api:
        few_mb, few_code, _ = measured(api, small, "--check")
        many_mb, many_code, _ = measured(api, large[0], "--check")
    print(f"a check: {few_mb:.0f} MB and {many_mb:.0f} MB")
    assert (few_code, many_code) == (0, 0)
    assert many_mb < few_mb + MOST_MORE_MB


@pytest.mark.parts
def test_a_file_of_100_000_rows_needs_no_more_memory_than_one_of_20_000(tmp_path: Path) -> None:
    """Some 70,000 rows more, each of which takes 1,500 bytes while it is kept: 100 MB."""
    need_the_same_memory(tmp_path, 20_000, 100_000)


@pytest.mark.scale
def test_a_file_of_300_000_rows_needs_no_more_memory_than_one_of_20_000(tmp_path: Path) -> None:
    need_the_same_memory(tmp_path, 20_000, 300_000)


def need_the_same_memory(folder: Path, few: int, many: int) -> None:
    """Replay a file of few and one of many rows, and compare the most memory of both."""
    found = []
    for rows in (few, many):
        path = folder / f"{rows}.csv"
        written = days(path, rows, 900)
        mb, accepted = peak_mb(cheaply_accepted, path)
        print(f"{written:,} rows: {mb:.0f} MB")
        assert accepted == written
        found.append(mb)
    assert found[1] < found[0] + MOST_MORE_MB


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
