from collections.abc import Iterator

from benchmarks.race import Size
from benchmarks.results import BenchmarkError, Comparison


def measure(size: Size) -> Iterator[Comparison]:
    yield Comparison("before the failure", f"a comparison for the {size}")
    raise BenchmarkError("the server is gone")
