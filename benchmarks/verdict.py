"""The verdict over a year: generated rows through the whole stream, then `reconcile`, with its time and memory.

    python -m benchmarks verdict --rows 600000

A platform of its own is started in an empty folder and stopped at the end. Once no consumer has a lag, the exact
verdict is asked for; shown are its exit code, its seconds, and the peak memory of the command and of DynamoDB Local.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.measure.days import write
from local.processes import peak_mb

POLL_SECONDS: Final = 2.0


def measure(options: Sequence[str] = ()) -> None:
    """Fill a platform, and print the cost of its verdict."""
    parser = argparse.ArgumentParser("python -m benchmarks verdict", allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=600_000)
    rows = parser.parse_args(options).rows
    with tempfile.TemporaryDirectory() as folder:
        laptop = Laptop(Path(folder))
        days = Path(folder) / "days"
        write(days, rows)
        laptop.run("up", "--detach", "--in-memory")
        try:
            began = time.monotonic()
            laptop.run("replay", str(days))
            sent = time.monotonic() - began
            laptop.wait_for_consumers()
            through = time.monotonic() - began
            print(f"{rows:,} rows: sent in {sent:.0f} s, through the stream after {through:.0f} s", flush=True)
            verdict(laptop, days)
        finally:
            laptop.run("down")


def verdict(laptop: "Laptop", days: Path) -> None:
    """Ask for the verdict and print it."""
    began = time.monotonic()
    code, answer, peak_mb = laptop.weighed("reconcile", str(days), "--exact", "--json")
    seconds = time.monotonic() - began
    counts = ", ".join(f"{hop['name']} {hop['lines']:,}" for hop in answer["hops"])
    print(f"exit code {code} ({answer['outcome']}) after {seconds:.0f} s, peak {peak_mb:,} MB: {counts}")
    print(f"DynamoDB Local: peak {laptop.peak_mb('dynamodb'):,} MB")


class Laptop:
    """A platform in its own home, controlled by the command alone."""

    def __init__(self, home: Path) -> None:
        self._environment = {**os.environ, "TILLSTREAM_HOME": str(home)}

    def run(self, *arguments: str) -> str:
        """Run a command that must succeed; returns its standard output. Its stderr is shown."""
        call = [sys.executable, "-m", "tillstream", *arguments]
        return subprocess.run(call, env=self._environment, text=True, check=True, stdout=subprocess.PIPE).stdout

    def weighed(self, *arguments: str) -> tuple[int, Any, int]:
        """Exit code, JSON and peak memory in MB of a command."""
        with tempfile.TemporaryFile() as out:
            call = [sys.executable, "-m", "tillstream", *arguments]
            process = subprocess.Popen(call, env=self._environment, stdout=out)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read()
        return process.returncode, json.loads(text), usage.ru_maxrss // 1024

    def wait_for_consumers(self) -> None:
        """Return when no group has a lag, however long that takes."""
        while any(group["lag"] for group in self.status()["groups"]):
            time.sleep(POLL_SECONDS)  # between two looks; whoever watches ends it by Ctrl-C

    def status(self) -> Any:
        """The answer of `status --json`."""
        return json.loads(self.run("status", "--json"))

    def peak_mb(self, part: str) -> int:
        """The most memory that a running part ever had, in MB."""
        return peak_mb(next(it["pid"] for it in self.status()["parts"] if it["name"] == part))
