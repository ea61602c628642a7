from collections.abc import Iterator

from benchmarks.measure.race import Size
from benchmarks.report.results import BenchmarkError, Comparison


def measure(size: Size) -> Iterator[Comparison]:
    comparison = Comparison("before the failure", f"a comparison for the {size}")
    for _ in range(2):  # a round each
        yield comparison
    raise BenchmarkError("the server is gone")
