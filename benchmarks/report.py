"""A measurement and the table that shows it."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass
class Clock:
    """Wall and CPU seconds of a block; CPU is that of this process and of its ended children."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def clock() -> Iterator[Clock]:
    """Measure the block."""
    measured, wall, cpu = Clock(), time.perf_counter(), _cpu()
    yield measured
    measured.wall, measured.cpu = time.perf_counter() - wall, _cpu() - cpu


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@dataclass
class Result:
    """One line of a comparison: `rate` in rows a second, and further figures by name."""

    name: str
    rate: float
    more: dict[str, str] = field(default_factory=dict)


def best(times: int, measure: Callable[[], float]) -> float:
    """The greatest of so many measurements: noise only ever slows a run down."""
    return max(measure() for _ in range(times))


def show(title: str, results: Sequence[Result]) -> None:
    """Print the comparison; ratios are against the first line, which is ours."""
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    for heading in ("rows/s", "ours is", *results[0].more):
        table.add_column(heading, justify="right")
    for result in results:
        ratio = f"{results[0].rate / result.rate:.2f} x" if result is not results[0] else ""
        table.add_row(result.name, f"{result.rate:,.0f}", ratio, *result.more.values())
    Console(width=110).print(table)
