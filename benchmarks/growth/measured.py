"""A measurement of one way with so many rows, and the file that keeps all measurements."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.measure.machine import commit
from benchmarks.measure.watch import watching
from benchmarks.report.results import Usage, own

KEPT: Final = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "growth.json"


class Measured(msgspec.Struct, frozen=True):
    """One way with so many rows, or among so many batches: its seconds, and the use of all processes by name."""

    way: str
    rows: int
    began: str
    commit: str
    load: float
    seconds: float
    processes: tuple[Usage, ...]

    @property
    def own(self) -> tuple[Usage, ...]:
        """The processes that belong to the way: all but the stores and this benchmark."""
        return tuple(own(self.processes))

    @property
    def cpu_seconds(self) -> float:
        """The processor seconds of the way's own processes."""
        return sum(usage.cpu_seconds for usage in self.own)

    def of(self, process: str) -> Usage | None:
        """The use of the processes of this name; None without one."""
        return next((usage for usage in self.processes if usage.name == process), None)


def measured(way: str, rows: int, run: Callable[[], object]) -> Measured:
    """Run the way and watch all processes, unless it returns the use of its only one itself."""
    began, load = datetime.now(UTC).isoformat(timespec="seconds"), round(os.getloadavg()[0], 1)
    clock = time.perf_counter()
    with watching() as watch:
        alone = run()
    seconds = round(time.perf_counter() - clock, 1)
    found = Measured(
        way, rows, began, commit(), load, seconds, (alone,) if isinstance(alone, Usage) else watch.usages()
    )
    print(f"    {way}: {rows:,}: {seconds:,.0f} s, {found.cpu_seconds:,.1f} CPU s", flush=True)
    return found


def kept(path: Path = KEPT) -> list[Measured]:
    """All that the file keeps, by way and rows; nothing if there is no such file."""
    return msgspec.json.decode(path.read_bytes(), type=list[Measured]) if path.exists() else []


def keep(found: Measured, path: Path = KEPT) -> None:
    """Put a measurement in place of the one of the same way and rows."""
    record([*(it for it in kept(path) if (it.way, it.rows) != (found.way, found.rows)), found], path)


def record(all_of_them: Iterable[Measured], path: Path) -> None:
    """Write the measurements, one a line, so that a change can be read."""
    lines: Sequence[str] = [
        msgspec.json.encode(it).decode() for it in sorted(all_of_them, key=lambda it: (it.way, it.rows))
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")  # a run may be killed at any moment
    fresh.write_text("[" + ",\n ".join(lines) + "]\n", "utf-8")
    fresh.replace(path)
