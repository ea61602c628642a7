"""Measure all parts, or those that are named, and render docs/benchmarks.md with its plots.

python -m benchmarks                            # all of them, in twenty minutes
python -m benchmarks lines stream               # some of them; the others keep their results
python -m benchmarks --size full                # without a limit of time
python -m benchmarks flames                     # flame graphs of our ways
python -m benchmarks growth                     # our ways and jobs as the rows grow
python -m benchmarks --render                   # only the page, from the results that are there
"""

import argparse
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from benchmarks.measure import runner
from benchmarks.measure.machine import machine
from benchmarks.measure.part import PARTS
from benchmarks.measure.race import ROUNDS, PeerFailed
from benchmarks.report import page
from benchmarks.report.results import RESULTS, Part, Report, read, write

LIMIT_MINUTES = 15.0
TOTAL_MINUTES = 20.0
BY_NAME = {
    "verdict": "benchmarks.verdict",
    "flames": "benchmarks.profiling.flames",
    "growth": "benchmarks.growth.command",
}
"""Modules that run only when named, with options of their own, and measure no part."""


def main(argv: list[str]) -> int:
    """Run the parts; 0, or 1 where one failed."""
    if argv and argv[0] in BY_NAME:
        alone = import_module(BY_NAME[argv[0]])
        alone.measure(argv[1:]) if argv[1:] else alone.measure()
        return 0
    parser = argparse.ArgumentParser(prog="python -m benchmarks", allow_abbrev=False)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument(
        "--size", choices=tuple(ROUNDS), default="bench", help="gate: short; full: without a limit of time"
    )
    parser.add_argument(
        "--limit", type=float, metavar="MINUTES", help="stop a part after so long (default: 15; full: no limit)"
    )
    parser.add_argument(
        "--minutes", type=float, metavar="MINUTES", help="stop all parts after so long (default: 20; full: no limit)"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE", help="the results (default: %(default)s)")
    parser.add_argument("--render", action="store_true", help="measure nothing: render the page from the results")
    options = parser.parse_args(argv)
    for name in options.parts:
        if name not in PARTS:
            parser.error(f"no part {name!r}; there are {', '.join(PARTS)} and, alone, {', '.join(BY_NAME)}")
    report = read(options.out) or Report(machine())
    full = options.size == "full"
    limit = options.limit or (None if full else LIMIT_MINUTES)
    total = options.minutes or (None if full else TOTAL_MINUTES)
    run = runner.run([] if options.render else options.parts or list(PARTS), options.size, limit, total)
    try:
        failed = measure(report, run, options.out)
    finally:  # an interruption too leaves a page of the parts that ended
        if options.out == RESULTS:
            render(report)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def measure(report: Report, run: Iterable[Part], out: Path) -> list[str]:
    """Keep each part as soon as it has ended; the names of those that failed."""
    failed = []
    report.machine = machine()
    for part in run:
        if part.failure:
            failed.append(part.name)
        kept(report, part)
        write(report, out)
    return failed


def kept(report: Report, part: Part) -> None:
    """Put the part in place of its run before; one that failed without a result leaves the earlier figures."""
    before = report.parts.get(part.name)
    if before and not part.comparisons:
        before.failure = f"the last run failed, these are older figures: {part.failure}"
    else:
        report.parts[part.name] = part


def render(report: Report) -> None:
    """Write the page and its plots."""
    page.write(report)
    try:
        page.draw(page.charts(report))
    except PeerFailed as error:
        print(f"the plots are as they were: {error}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
