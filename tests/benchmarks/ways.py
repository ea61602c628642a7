"""Results for the benchmarks' tests."""

from benchmarks.report.results import Comparison, Kind, Machine, Part, Report, Sample, Way

MACHINE = Machine(2, 24, "Linux 6.18", "3.11.7", "Java 17")


def a_way(name: str, *rates: float | None, kind: Kind = "peer") -> Way:
    """A way with a sample a round of so many rows a second; None is a round in which it failed."""
    samples = [None if rate is None else Sample(int(rate), 1.0) for rate in rates]
    return Way(name, kind, samples, ["no answer" for rate in rates if rate is None])


def a_part(*ways: Way, name: str = "lines", failure: str = "") -> Part:
    """A part with one comparison of these ways."""
    return Part(
        name,
        "lines",
        "2026-11-29T12:00:00+00:00",
        "abc",
        9.0,
        1,
        2,
        "bench",
        [Comparison("csv", "CSV", list(ways))],
        failure,
    )


def a_report(*ways: Way) -> Report:
    """A report of one part."""
    return Report(MACHINE, {"lines": a_part(*ways)})
