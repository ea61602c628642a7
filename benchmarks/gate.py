"""The gate: a short run's ratios beside committed ones; it fails where ours has become slower than its peers say.

    make bench-gate                                 # three minutes
    python -m benchmarks.gate --record 3            # commit new ratios: those of so many runs

Ratios are compared, never times. A ratio may be below the committed one by twice its measured spread, and at least by
a tenth.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.measure import runner
from benchmarks.measure.machine import machine
from benchmarks.report.results import Comparison, Measure, Part, Ratio, Report, ratio, read

COMMITTED: Final = Path(__file__).with_name("ratios.json")
PARTS: Final = ("lines", "rest", "tables", "stream")
"""The parts that a short run measures."""

LEAST_TOLERANCE: Final = 0.1
GREATEST_TOLERANCE: Final = 0.5


class Committed(msgspec.Struct, frozen=True):
    """A committed ratio of two ways of a part's comparison, with its spread over the rounds of its runs."""

    part: str
    comparison: str
    ours: str
    other: str
    by: Measure
    median: float
    least: float
    greatest: float

    @property
    def tolerance(self) -> float:
        """The share by which a later ratio may be lower.

        >>> Committed("lines", "csv", "a", "b", "rate", 2.0, 1.9, 2.02).tolerance
        0.1
        >>> Committed("lines", "csv", "a", "b", "rate", 2.0, 1.8, 2.6).tolerance
        0.5
        """
        spread = max(self.greatest - self.median, self.median - self.least) / self.median
        return round(min(GREATEST_TOLERANCE, max(LEAST_TOLERANCE, 2 * spread)), 3)

    @property
    def floor(self) -> float:
        """The least ratio that passes."""
        return self.median * (1 - self.tolerance)


def findings(parts: Sequence[Part], committed: Iterable[Committed]) -> Iterator[str]:
    """A sentence for each committed ratio that the run does not hold, or did not measure."""
    measured = {(it.part, it.comparison, it.ours, it.other): it for it in ratios(parts)}
    for was in committed:
        what = f"{was.part}, {was.comparison}: {was.ours} beside {was.other}"
        now = measured.get((was.part, was.comparison, was.ours, was.other))
        if now is None:
            yield f"{what}: not measured now, {was.median:.2f} committed{_failure(parts, was.part)}"
        elif now.median < was.floor:
            yield f"{what}: {now.median:.2f} now, {was.median:.2f} committed; at least {was.floor:.2f} passes"


def _failure(parts: Sequence[Part], name: str) -> str:
    return "".join(f" ({name} {part.failure})" for part in parts if part.name == name and part.failure)


def ratios(parts: Iterable[Part]) -> Iterator[Committed]:
    """The ratio of the first way, which is ours, to each peer and limit, in all comparisons of these parts."""
    for part in parts:
        for comparison in part.comparisons:
            yield from _ratios(part.name, comparison)


def _ratios(part: str, comparison: Comparison) -> Iterator[Committed]:
    ours, *others = comparison.ways
    for other in others:
        found = ratio(ours, other, comparison.by) if other.kind != "ours" else None
        if found:
            spread = found.median, found.least, found.greatest
            yield Committed(part, comparison.name, ours.name, other.name, comparison.by, *spread)


def merged(runs: Iterable[Iterable[Committed]]) -> list[Committed]:
    """One ratio of several runs: the median of their medians, with the least and the greatest of all rounds."""
    by_what: dict[tuple[str, ...], list[Committed]] = {}
    for run in runs:
        for it in run:
            by_what.setdefault((it.part, it.comparison, it.ours, it.other), []).append(it)
    return [_merged(of) for of in by_what.values()]


def _merged(of: list[Committed]) -> Committed:
    medians = Ratio.of([it.median for it in of])
    assert medians
    least, greatest = min(it.least for it in of), max(it.greatest for it in of)
    spread = {"median": medians.median, "least": least, "greatest": greatest}
    return msgspec.structs.replace(of[0], **{name: round(value, 3) for name, value in spread.items()})


def committed(path: Path = COMMITTED) -> list[Committed]:
    """The committed ratios; none if there is no such file."""
    return [] if not path.exists() else msgspec.json.decode(path.read_bytes(), type=list[Committed])


def record(found: Sequence[Committed], path: Path = COMMITTED) -> None:
    """Write ratios as committed ones, one a line."""
    lines = ",\n ".join(msgspec.json.encode(it).decode() for it in found)
    path.write_text(f"[{lines}]\n", "utf-8")


def main(argv: list[str]) -> int:
    """Compare, and return 0; 1 where a ratio does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", allow_abbrev=False)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--record", type=int, metavar="RUNS", help="measure so many times and commit these ratios")
    parser.add_argument("--committed", type=Path, default=COMMITTED, metavar="FILE", help="(default: %(default)s)")
    parser.add_argument(
        "--results", type=Path, metavar="FILE", help="measure nothing: compare the parts of this report"
    )
    options = parser.parse_args(argv)
    names = options.parts or list(PARTS)
    if options.record:
        runs = [list(ratios(runner.run(names, "gate"))) for _ in range(options.record)]
        kept = [it for it in committed(options.committed) if it.part not in names]
        record([*kept, *merged(runs)], options.committed)
        return 0
    expected = [it for it in committed(options.committed) if it.part in names]
    return judge(list(measured(names, options.results)), expected)


def measured(names: list[str], results: Path | None) -> Iterable[Part]:
    """The parts of a report, or of a run now."""
    if results is None:
        return runner.run(names, "gate")
    report = read(results) or Report(machine())
    return [part for name, part in report.parts.items() if name in names]


def judge(parts: Sequence[Part], expected: Sequence[Committed]) -> int:
    """Print the findings, and which ratios nothing is committed for; 1 for findings, or a part that failed."""
    known = {(it.part, it.comparison, it.ours, it.other) for it in expected}
    for it in ratios(parts):
        if (it.part, it.comparison, it.ours, it.other) not in known:
            print(f"not committed, so not judged: {it.part}, {it.comparison}: {it.median:.2f} beside {it.other}")
    broken = [f"{part.name} {part.failure}" for part in parts if part.failure]
    found = list(findings(parts, expected))
    for part in broken:
        print(f"did not run to its end: {part}")
    for finding in found:
        print(f"slower than committed: {finding}")
    if not found and not broken:
        print(f"all {len(expected)} ratios hold")
    return 1 if found or broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
