"""Runs parts one after another, each in a process of its own: the failure of one is reported, and the others go on."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Final

import msgspec
import psutil

from benchmarks.measure.part import PARTS
from benchmarks.report.results import Part
from local.processes import ending, tethered

STOP_SECONDS: Final = 30.0
"""Seconds in which a part stops its servers when it is asked to; then all of them are killed."""


def run(
    names: Sequence[str], size: str, limit_minutes: float | None = None, total_minutes: float | None = None
) -> Iterator[Part]:
    """Each part as soon as it has ended; what it started has ended with it, also at an interruption.

    A part that takes longer than the limit, or than is left of the total, is stopped, and counts as failed with the
    comparisons that it had; the parts after it are not run.
    """
    end = time.monotonic() + 60 * (inf if total_minutes is None else total_minutes)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names):
            print(f"[{number + 1} of {len(names)}] {name}: {PARTS.get(name, name)}", flush=True)
            over = f"the {total_minutes:g} minutes of all parts were over" if total_minutes else ""
            left = end - time.monotonic()
            if left <= 0:
                yield not_run(name, f"not run: {over}")
            elif limit_minutes is None or 60 * limit_minutes > left:
                yield one(name, size, Path(folder) / f"{number}.json", left, f"stopped: {over}")
            else:
                reason = f"stopped after {limit_minutes:g} minutes"
                yield one(name, size, Path(folder) / f"{number}.json", 60 * limit_minutes, reason)


def one(name: str, size: str, out: Path, seconds: float, late: str) -> Part:
    """The part's results; where it failed, those that it had, with the reason: `late` after so many seconds."""
    command = [sys.executable, "-m", "benchmarks.measure.part", name, "--size", size, "--out", str(out)]
    began = time.monotonic()
    child = subprocess.Popen(tethered(command), stdin=subprocess.DEVNULL, process_group=0)
    try:
        failure = ended(child.wait(None if seconds == inf else seconds))
    except subprocess.TimeoutExpired:
        failure = late
    finally:
        stop(child)
    part = msgspec.json.decode(out.read_bytes(), type=Part) if out.exists() else Part(name, PARTS.get(name, name), "")
    part.seconds = time.monotonic() - began
    if failure:
        part.failure = failure
        print(f"    {name} failed: {failure}", flush=True)
    return part


def not_run(name: str, why: str) -> Part:
    """A part without results, for this reason."""
    print(f"    {name}: {why}", flush=True)
    return Part(name, PARTS.get(name, name), "", failure=why)


def ended(code: int) -> str:
    """The failure that an exit code stands for; empty for 0."""
    return f"{ending(code)}; its output says why" if code else ""


def stop(child: "subprocess.Popen[bytes]") -> None:
    """End a part and every process below it: politely first, then for certain."""
    below = family(child.pid)
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)
    for process in below:
        with suppress(psutil.Error):
            process.kill()
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def family(pid: int) -> list[psutil.Process]:
    """All processes below this one; psutil never hits a later process of the same id."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
