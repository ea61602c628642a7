"""The results of the benchmarks: samples, ways, comparisons and parts, and the JSON file that keeps them.

A part holds comparisons; a comparison holds the ways to do one thing, ours among them; a way has one sample a round.
Ratios are taken within a round, where the ways follow each other on the same machine under the same load.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final, Literal

import msgspec

from commerce.errors import TillstreamError

Kind = Literal["ours", "peer", "limit"]
Measure = Literal["rate", "cpu_rate"]
"""Rows a second, or rows a second of processor time over all processes of the way."""

RESULTS: Final = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "results.json"


class BenchmarkError(TillstreamError):
    """A benchmark cannot be run or compared; says why."""


class Usage(msgspec.Struct, frozen=True):
    """The processor seconds of all processes of one name during a sample, and the peak memory of the greatest."""

    name: str
    processes: int
    cpu_seconds: float
    peak_mb: float


class Sample(msgspec.Struct, frozen=True):
    """One way in one round: so many rows in so many seconds, and further figures by name."""

    rows: int
    seconds: float
    processes: tuple[Usage, ...] = ()
    figures: Mapping[str, float] = {}

    @property
    def rate(self) -> float:
        """The rows a second of elapsed time."""
        return self.rows / self.seconds

    @property
    def cpu_seconds(self) -> float:
        """The processor seconds of all processes but the servers, which every way uses.

        A way without a process of its own runs in the benchmark's.
        """
        return sum(usage.cpu_seconds for usage in own(self.processes))

    @property
    def cpu_rate(self) -> float:
        """The rows a second of processor time; 0 where the processes ended before any of it was seen."""
        return self.rows / self.cpu_seconds if self.cpu_seconds else 0.0

    @property
    def peak_mb(self) -> float:
        """The peak memory of the greatest process that does not belong to the servers."""
        return max((usage.peak_mb for usage in own(self.processes)), default=0.0)


HERE: Final = "this benchmark"
SERVERS: Final = frozenset({"Kafka", "DynamoDB Local", "S3Proxy", "the laptop's Redshift", HERE})
"""Names of processes that serve all ways alike, or only watch them."""

LEAST_CPU_SECONDS: Final = 0.05
"""Processor seconds of processes that did something; an idle JVM takes fewer."""


def own(processes: Sequence[Usage]) -> list[Usage]:
    """The use of the processes that do a way's work; the benchmark's, where it has no process of its own.

    >>> kafka, here, peer = (Usage(name, 1, 2.0, 90) for name in ("Kafka", HERE, "uvicorn"))
    >>> [usage.name for usage in own([kafka, here, peer])], [usage.name for usage in own([kafka, here])]
    (['uvicorn'], ['this benchmark'])
    """
    found = [usage for usage in processes if usage.name not in SERVERS]
    if sum(usage.cpu_seconds for usage in found) >= LEAST_CPU_SECONDS:
        return found
    return [usage for usage in processes if usage.name == HERE]


class Way(msgspec.Struct):
    """One way to do it, with its sample of each round; None where it failed, with the reason in `failures`."""

    name: str
    kind: Kind
    samples: list[Sample | None] = []
    failures: list[str] = []

    @property
    def taken(self) -> list[Sample]:
        """The samples of the rounds that did not fail."""
        return [sample for sample in self.samples if sample]

    def median(self, measure: Measure = "rate") -> float | None:
        """The median over the rounds; None where all failed."""
        found = [getattr(sample, measure) for sample in self.taken]
        return median(found) if found else None

    def figure(self, name: str) -> float | None:
        """The median of a further figure over the rounds that have it."""
        found = [sample.figures[name] for sample in self.taken if name in sample.figures]
        return median(found) if found else None


class Comparison(msgspec.Struct):
    """Ways to do one thing; the first is ours. `by` says which measure its ratios compare."""

    name: str
    title: str
    ways: list[Way] = []
    by: Measure = "rate"

    def way(self, name: str) -> Way:
        """The way of this name; raises `BenchmarkError`."""
        for way in self.ways:
            if way.name == name:
                return way
        raise BenchmarkError(f"{self.name} has no way {name!r}: {', '.join(way.name for way in self.ways)}")


class Part(msgspec.Struct):
    """One run of one part: when, of which commit, how long, under which load, and its comparisons.

    `failure` says why it did not end.
    """

    name: str
    title: str
    began: str
    commit: str = ""
    seconds: float = 0.0
    load_before: float = 0.0
    load_after: float = 0.0
    size: str = ""
    comparisons: list[Comparison] = []
    failure: str = ""

    def comparison(self, name: str) -> Comparison | None:
        """The comparison of this name, if the part has it."""
        return next((it for it in self.comparisons if it.name == name), None)


class Machine(msgspec.Struct, frozen=True):
    """The machine of a run."""

    cores: int
    memory_gb: int
    system: str
    python: str
    java: str


class Report(msgspec.Struct):
    """All parts by name, each as it ran last, and the machine of the last run."""

    machine: Machine
    parts: dict[str, Part] = {}


class Ratio(msgspec.Struct, frozen=True):
    """A ratio over the rounds: median, least and greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, ratios: Sequence[float]) -> "Ratio | None":
        """The ratio over these rounds; None without any."""
        return cls(median(ratios), min(ratios), max(ratios)) if ratios else None

    def __str__(self) -> str:
        """The median with its spread.

        >>> str(Ratio(1.5, 1.234, 2.0)), str(Ratio(1.5, 1.5, 1.5))
        ('1.50 (1.23 – 2.00)', '1.50')
        """
        spread = f" ({self.least:.2f} – {self.greatest:.2f})" if f"{self.least:.2f}" != f"{self.greatest:.2f}" else ""
        return f"{self.median:.2f}{spread}"


def ratio(ours: Way, other: Way, by: Measure) -> Ratio | None:
    """Ours divided by the other, round by round; None where no round has both."""
    taken = ((a, b) for a, b in zip(ours.samples, other.samples, strict=False) if a and b)
    pairs = [(getattr(a, by), getattr(b, by)) for a, b in taken]
    return Ratio.of([a / b for a, b in pairs if a and b])


def read(path: Path = RESULTS) -> Report | None:
    """The report that this file keeps; None if there is no such file."""
    return msgspec.json.decode(path.read_bytes(), type=Report) if path.exists() else None


def write(report: Report, path: Path = RESULTS) -> None:
    """Keep the report in this file: a line a way, so that a change can be read."""
    text = msgspec.json.format(msgspec.json.encode(_rounded(msgspec.to_builtins(report))), indent=1).decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_FLAT.sub(lambda found: re.sub(r"\n\s*", " ", found.group()), text) + "\n", "utf-8")


_FLAT: Final = re.compile(r'\{\n\s*"(?:name|rows)": [^{}]*(?:\{[^{}]*\}[^{}]*)*\}')


def _rounded(value: object) -> object:
    """The value with four significant digits in each number."""
    match value:
        case float():
            return float(f"{value:.4g}")
        case dict():
            return {name: _rounded(it) for name, it in value.items()}
        case list() | tuple():
            return [_rounded(it) for it in value]
        case _:
            return value
