"""The aims: ratios and bounds that a run measures, each met or missed, and the reason where it is missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.growth.measured import kept
from benchmarks.report.results import Comparison, Measure, Ratio, Report, Way, ratio

WORKERS: Final = "function's workers"
"""The name of the processes that run a function."""

SECONDS: Final = "seconds"
PEAK: Final = "peak MB of a worker"


@dataclass(frozen=True, slots=True)
class Aim:
    """Ours is at least `least` times as good as another way, in one comparison of one part.

    `by` compares rows a second, or rows a second of processor time; `figure`, where it is named, is less in the better
    way. `stopped_by` says what keeps it from more.
    """

    text: str
    part: str
    comparison: str
    ours: str
    other: str
    least: float
    by: Measure = "rate"
    figure: str = ""
    stopped_by: str = ""

    @property
    def wanted(self) -> str:
        """The aim as a cell of the table."""
        return f"≥ {self.least:g} ×"

    def measured(self, report: Report) -> Ratio | None:
        """The ratio of the last run; None if it was not measured."""
        ours, other = _ways(report, self.part, self.comparison, self.ours, self.other)
        if ours is None or other is None:
            return None
        return _less(other, ours, self.figure) if self.figure else ratio(ours, other, self.by)

    def met(self, found: Ratio) -> bool:
        """Whether the median reaches the aim."""
        return found.median >= self.least

    def shown(self, found: Ratio) -> str:
        """The measured ratio as a cell of the table."""
        return f"{found} ×"


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure, such as a peak of memory, is at most so much in our way."""

    text: str
    part: str
    comparison: str
    ours: str
    figure: str
    most: float
    unit: str
    stopped_by: str = ""

    @property
    def wanted(self) -> str:
        """The aim as a cell of the table."""
        return f"≤ {self.most:g} {self.unit}"

    def measured(self, report: Report) -> Ratio | None:
        """The figure over the rounds; None if it was not measured."""
        (ours,) = _ways(report, self.part, self.comparison, self.ours)
        return Ratio.of(_values(ours, self.figure)) if ours else None

    def met(self, found: Ratio) -> bool:
        """Whether the median is within the bound."""
        return found.median <= self.most

    def shown(self, found: Ratio) -> str:
        """The measured figure as a cell of the table."""
        return f"{found} {self.unit}"


@dataclass(frozen=True, slots=True)
class Grown:
    """Ours does at least `least` times as much as another way with its processor time, in one run of the growth.

    The growth runs for hours beside other programs, so its seconds of the clock say little. `part` measures the same
    over fewer rows.
    """

    text: str
    part: str
    ours: str
    other: str
    rows: int
    least: float
    stopped_by: str = ""

    @property
    def wanted(self) -> str:
        """The aim as a cell of the table."""
        return f"≥ {self.least:g} ×"

    def measured(self, report: Report) -> Ratio | None:
        """The ratio that the growth keeps, whatever the report holds; None if it was not measured."""
        seconds = {it.way: it.cpu_seconds for it in kept() if it.rows == self.rows}
        if self.ours not in seconds or self.other not in seconds:
            return None
        return Ratio.of([seconds[self.other] / seconds[self.ours]])

    def met(self, found: Ratio) -> bool:
        """Whether the ratio reaches the aim."""
        return found.median >= self.least

    def shown(self, found: Ratio) -> str:
        """The measured ratio as a cell of the table."""
        return f"{found} × ([growth](growth.md))"


def _ways(report: Report, part: str, comparison: str, *names: str) -> list[Way | None]:
    """The ways of these names; None for what was not measured, or only in a short run as for the gate."""
    found = report.parts.get(part)
    of: Comparison | None = found.comparison(comparison) if found and found.size != "gate" else None
    ways = {way.name: way for way in of.ways} if of else {}
    return [ways.get(name) for name in names]


def _values(way: Way, figure: str) -> list[float]:
    """A figure of each round: one of its own, its seconds, or the peak memory of the function's workers."""
    if figure == SECONDS:
        return [sample.seconds for sample in way.taken]
    if figure == PEAK:
        return [usage.peak_mb for sample in way.taken for usage in sample.processes if usage.name == WORKERS]
    return [sample.figures[figure] for sample in way.taken if figure in sample.figures]


def _less(other: Way, ours: Way, figure: str) -> Ratio | None:
    pairs = zip(other.samples, ours.samples, strict=False)
    return Ratio.of([a.figures[figure] / b.figures[figure] for a, b in pairs if a and b])


CSV: Final = "ours: wire form, with id"
CHECKED: Final = "ours: every field and the id checked"
REST: Final = "ours: signed, checked, identified"
FASTAPI: Final = "FastAPI by hand: neither"
ARCHIVE: Final = "ours: exactly once"
FLINK: Final = "Flink FileSink: exactly once"
TABLES: Final = "ours: lines and summaries, 8 threads"
CURATE: Final = "ours: checked, identified, merged"
PARQUET: Final = "plain Spark: CSV → Parquet on disk"
GROWN_CURATE: Final = "curate: dropped files → lake"
GROWN_SPARK: Final = "plain Spark: the same files → Parquet"
SHARED: Final = (
    "two cores leave a row 15 µs of processor time at twice FastAPI's rate, of which Kafka and the client of this "
    "benchmark take 8 and publishing 4 ([flame graph](benchmarks/flame-rest.svg))"
)
STREAM: Final = (
    "a row takes 25 µs of processor time in all, and at three times Flink's rate the two cores have 18: the function's "
    "workers take 10 ([flame graph](benchmarks/flame-stream.svg)), S3Proxy, Kafka, DynamoDB Local, the runtime and "
    "this benchmark 10, and the event source ([flame graph](benchmarks/flame-event-source.svg)), which hands each "
    "message over as AWS's JSON with base64, 5"
)
AIMS: Final[tuple[Aim | Bound | Grown, ...]] = (
    Aim("CSV → line with id and wire form, beside DictReader + pydantic", "lines", "csv", CSV,
        "csv.DictReader + pydantic", 1.5, stopped_by="reading a record, its look-ups, the id and the copies' count "
        "([flame graph](benchmarks/flame-csv.svg)); pydantic makes no id"),
    Aim("message → checked line, beside pydantic's `model_validate_json`", "lines", "messages", CHECKED,
        "pydantic, no identity", 1.0, stopped_by="taking the members apart and the proof of the id "
        "([flame graph](benchmarks/flame-messages.svg)); pydantic proves none"),
    Aim("event → checked lines, beside Powertools' `kafka_consumer`", "lines", "events", CHECKED,
        "Powertools kafka_consumer", 5.0, stopped_by="the processor: on that of 2026-11-29 it was 5.7 ×. On this one "
        "Powertools runs 2.3 times as fast and ours 1.5 times; the code of ba119a3, run here beside bd181a9, takes "
        "3.6 µs a message where that takes 3.2"),
    Aim("REST → Kafka, 500 rows a request, beside FastAPI", "rest", "rest-500", REST, FASTAPI, 2.0,
        stopped_by=SHARED),
    Aim("REST → Kafka, 100 rows a request", "rest", "rest-100", REST, FASTAPI, 2.0,
        stopped_by="the same, and three HTTP exchanges a request through gateway and runtime"),
    Aim("REST → Kafka, 1 row a request", "rest", "rest-1", REST, FASTAPI, 1.0,
        stopped_by="three HTTP exchanges a request through gateway and runtime, whose socket writes are a "
        "third to half of the gateway's busy time; the signature is some 2 % of it"),
    Aim("REST → Kafka, 500 rows a request: p99", "rest", "rest-500", REST, FASTAPI, 1.0, figure="p99 ms"),
    Aim("REST → Kafka, 100 rows a request: p99", "rest", "rest-100", REST, FASTAPI, 1.0, figure="p99 ms"),
    Aim("REST → Kafka, 1 row a request: p99", "rest", "rest-1", REST, FASTAPI, 1.0, figure="p99 ms"),
    Aim("Kafka → S3 exactly once, beside Flink's FileSink", "stream", "stream", ARCHIVE, FLINK, 3.0,
        stopped_by=STREAM),
    Aim("the same by processor time", "stream", "stream", ARCHIVE, FLINK, 2.0, by="cpu_rate",
        stopped_by="AWS's event: `json.loads` and base64 of each message are half of a worker's time"),
    Aim("Kafka → S3 exactly once, beside a loop by hand", "stream", "stream", ARCHIVE, "loop by hand", 0.6,
        stopped_by="the same; a loop by hand has neither event nor runtime, and no ledger"),
    Bound("Kafka → S3: memory of a worker", "stream", "stream", ARCHIVE, PEAK, 100, "MB",
          stopped_by="an event of 6 MB is in memory as text and as AWS's objects at once, beside packages and clients"),
    Bound("Kafka → S3: first object, with a window of 0.5 s", "stream", "stream", ARCHIVE, "first object s", 1.5, "s",
          stopped_by="start of a worker; the median is 0.05 s over the aim"),
    Aim("order tables with summaries, beside `Table.batch_writer` of the lines alone", "tables", "tables", TABLES,
        "Table.batch_writer: lines alone", 1.5, stopped_by="DynamoDB Local: it takes 11,200 lines a second, "
        "ready-made, which is 2.2 × batch_writer, and a third of our requests to it are for summaries; our own time is "
        "botocore's a request ([flame graph](benchmarks/flame-tables.svg))"),
    Aim("lines alone, beside their own requests sent bare", "tables", "tables", "ours: lines alone, 8 threads",
        "its own requests, ready-made, 8 threads", 0.9),
    Bound("order tables: the client's processor time of a line (790 µs before)", "tables", "tables", TABLES,
          "client's CPU µs a line", 263, "µs"),
    Grown("curate, 5 million rows, beside plain Spark CSV → Parquet: processor time", "batch", GROWN_CURATE,
          GROWN_SPARK, 5_000_000, 0.5, stopped_by="of its 124 s the Python workers take 52, which read, check and "
          "identify, and Spark's JVM 71, which looks for lines that are there already, and writes"),
    Aim("curate, 300,000 rows", "batch", "curate-300000", CURATE, PARQUET, 0.5, stopped_by="of its 13 s of "
        "processor time 6 are there for a thousand rows too: Spark's start, its plans and Python's workers; the rows "
        "go from Python ([flame graph](benchmarks/flame-curate-workers.svg)) to Spark's JVM "
        "([flame graph](benchmarks/flame-curate.svg)), are deduped and looked for in the lake, and sorted by month"),
    Bound("curate with nothing new", "batch", "curate-300000-later", "ours: nothing new", SECONDS, 6, "s"),
    Bound("curate of a small batch", "batch", "curate-300000-later", "ours: 1,000 new rows of one month", SECONDS, 10,
          "s"),
    Aim("load_warehouse's transaction, beside DuckDB's import", "warehouse", "warehouse",
        "ours: COPY, MERGE, counts", "DuckDB's own import, 2 threads", 0.6,
        stopped_by="the rows are written twice where the import writes once: by COPY into a staging table, and by "
        "MERGE into the table; each takes 2/5 of the processor time, and the count that proves the load a seventh "
        "([flame graph](benchmarks/flame-warehouse.svg))"),
)  # fmt: skip


def table(report: Report, aims: Sequence[Aim | Bound | Grown] = AIMS) -> str:
    """The table of all aims."""
    lines = ["| aim | | measured | |", "|---|---|---|---|"]
    for aim in aims:
        found = aim.measured(report)
        verdict = "not measured" if found is None else "**met**" if aim.met(found) else "missed"
        why = f": {aim.stopped_by}" if verdict == "missed" and aim.stopped_by else ""
        lines.append(f"| {aim.text} | {aim.wanted} | {aim.shown(found) if found else ''} | {verdict}{why} |")
    return "\n".join(lines)
