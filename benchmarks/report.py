"""A measurement and the table that shows it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.table import Table

Answer = TypeVar("Answer")


@dataclass
class Result:
    """One line of a comparison: `rate` in rows a second, and further figures by name."""

    name: str
    rate: float
    more: dict[str, str] = field(default_factory=dict)


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


def timed(action: Callable[[], Answer]) -> tuple[float, Answer]:
    """The seconds that the action took, and its answer."""
    began = time.perf_counter()
    answer = action()
    return time.perf_counter() - began, answer


def rate(work: Callable[[], int]) -> float:
    """Rows a second of some work that answers how many rows it did."""
    seconds, rows = timed(work)
    return rows / seconds
