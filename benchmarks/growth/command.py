"""The command of the growth: measures, keeps each measurement as soon as it is finished, and renders docs/growth.md."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.growth import batch, code, items, many, page, stream
from benchmarks.growth.measured import KEPT, Measured, keep, kept

GROUPS: Final[Mapping[str, Callable[[int], Iterator[Measured]]]] = {
    "code": code.measure,
    "stream": stream.measure,
    "batch": batch.measure,
    "items": items.measure,
}
MANY: Final = "many"
"""The group whose measurements are of a run among batches, not of rows."""

ROWS: Final = 500_000


def measure(options: Sequence[str] = ()) -> None:
    """Measure the groups over each number of rows; the page is rendered after each of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks growth", allow_abbrev=False)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"{', '.join(GROUPS)} (default: all); or {MANY}")
    parser.add_argument("--rows", nargs="+", type=int, default=[ROWS], metavar="N", help="(default: 500000)")
    parser.add_argument(
        "--batches", nargs="+", type=int, default=many.COUNTS, metavar="N", help=f"of {MANY} (default: up to a year's)"
    )
    parser.add_argument("--out", type=Path, default=KEPT, metavar="FILE", help="(default: %(default)s)")
    parser.add_argument("--render", action="store_true", help="measure nothing: render the page from what was kept")
    given = parser.parse_args(options)
    for name in given.groups:
        if name not in (*GROUPS, MANY):
            parser.error(f"no group {name!r}; there are {', '.join((*GROUPS, MANY))}")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    for found in () if given.render else _measured(given):
        keep(found, given.out)
    if given.out == KEPT:
        page.write(kept())


def _measured(given: argparse.Namespace) -> Iterator[Measured]:
    if MANY in given.groups:
        yield from many.measure(given.batches)
    for rows in given.rows:
        for name in [name for name in given.groups or GROUPS if name != MANY]:
            print(f"{name}, {rows:,} rows", flush=True)
            yield from GROUPS[name](rows)
