"""The generated sections of docs/growth.md, and its plots."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from benchmarks.growth.items import STORE
from benchmarks.growth.measured import Measured
from benchmarks.report import page

PAGE: Final = page.PAGE.with_name("growth.md")
AMONG: Final = ", among batches"
"""The end of the name of a way whose number is that of batches, not of rows."""

LEAST_SHARE: Final = 0.05
"""The share of a way's processor time below which a process has no row of its own."""


def write(found: Sequence[Measured]) -> None:
    """Put the tables between the marks of the page, and draw the plots."""
    ways = [it for it in found if not it.way.endswith((AMONG, STORE))]
    items = [it for it in found if it.way.endswith(STORE)]
    among = [it for it in found if it.way.endswith(AMONG)]
    tables = {"rows": table(ways), "items": table(items), "many": many(among)}
    page.put(PAGE, {mark: "\n".join(lines) or "Not measured yet." for mark, lines in tables.items()})
    page.draw(charts(ways))


def table(found: Sequence[Measured]) -> Iterator[str]:
    """A line a process of each way: processor seconds of a million rows and peak memory, for each number of rows."""
    if not found:
        return
    sizes = sorted({it.rows for it in found})
    columns = [*((_cpu, "CPU s a million rows", size) for size in sizes), *((_peak, "MB", size) for size in sizes)]
    heads = [f"{millions(size)}: {unit}" for _, unit, size in columns]
    yield f"| way | process | {' | '.join(heads)} |"
    yield f"|---|---|{'---|' * len(heads)}"
    for way in dict.fromkeys(it.way for it in found):
        runs = {it.rows: it for it in found if it.way == way}
        for number, process in enumerate(_processes(list(runs.values()))):
            cells = [figure(runs.get(size), process) for figure, _, size in columns]
            yield f"| {'' if number else f'**{way}**'} | {process} | {' | '.join(cells)} |"


def _processes(runs: Sequence[Measured]) -> list[str]:
    """The names of the way's processes that use the processor, the busiest first."""
    greatest = max(runs, key=lambda it: it.rows)
    return [usage.name for usage in greatest.own if usage.cpu_seconds >= LEAST_SHARE * greatest.cpu_seconds]


def _cpu(run: Measured | None, process: str) -> str:
    usage = run.of(process) if run else None
    return f"{usage.cpu_seconds / run.rows * 1e6:,.1f}" if run and usage else ""


def _peak(run: Measured | None, process: str) -> str:
    usage = run.of(process) if run else None
    return f"{usage.peak_mb:,.0f}" if usage else ""


def many(found: Sequence[Measured]) -> Iterator[str]:
    """A line a job: its processor seconds and those of the clock among each number of batches."""
    if not found:
        return
    counts = sorted({it.rows for it in found})
    yield f"| a run over 1,000 new rows | {' | '.join(f'{count:,} batches: CPU s' for count in counts)} |"
    yield f"|---|{'---|' * len(counts)}"
    for way in dict.fromkeys(it.way for it in found):
        runs = {it.rows: it for it in found if it.way == way}
        cells = [f"{runs[count].cpu_seconds:.1f}" if count in runs else "" for count in counts]
        yield f"| {way.removesuffix(AMONG)} | {' | '.join(cells)} |"


def millions(rows: int) -> str:
    """A number of rows in words.

    >>> millions(500_000), millions(20_000_000)
    ('0.5 million', '20 million')
    """
    return f"{rows / 1e6:g} million"


def charts(found: Sequence[Measured]) -> list[dict[str, Any]]:
    """The two plots: processor seconds of a million rows, and the memory of each way's greatest process."""
    across = {"across": "rows", "logarithmic": True}
    return [
        {"name": "growth-cpu", "title": "Processor seconds of a million rows", "unit": "CPU s a million rows",
         "lines": _lines(found, lambda it: it.cpu_seconds / it.rows * 1e6), **across},
        {"name": "growth-memory", "title": "Peak memory of the greatest process", "unit": "MB",
         "lines": _lines(found, lambda it: max(usage.peak_mb for usage in it.own)), **across},
    ]  # fmt: skip


def _lines(found: Sequence[Measured], value: Callable[[Measured], float]) -> list[dict[str, Any]]:
    return [
        {"name": way, "points": [[it.rows, value(it)] for it in found if it.way == way]}
        for way in dict.fromkeys(it.way for it in found)
    ]
