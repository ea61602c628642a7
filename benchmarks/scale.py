"""Sizes on paper: what each part of the platform needs for so many rows a second, and what breaks first.

    python -m benchmarks.scale --rows-per-second 10000

The processor time of a row is that of the last benchmarks (docs/benchmarks/results.json); quotas and assumptions are in
scale.toml. Nothing of this was run on AWS.
"""

import argparse
import math
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.report.results import BenchmarkError, Report, read
from infra.stages import BATCH_SIZE, CONSUMER_MB, PARTITIONS, PROD, Stage

NOTED: Final = Path(__file__).with_name("scale.toml")
SHOWN: Final = (100, 10_000, 1_000_000)
BROKERS: Final = 3
"""The brokers of a stage."""

INGEST_MB: Final = 1024
GLUE_CORES: Final = 4
"""vCPUs of a worker G.1X."""

REPLICAS: Final = 3
MOST_ROWS: Final = 1e9


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of AWS: its value, its unit and the page that states it."""

    value: float
    unit: str
    page: str
    adjustable: bool
    seen: bool


@dataclass(frozen=True, slots=True)
class Costs:
    """Measured processor seconds of a row in each part, on one core of the measuring machine."""

    ingest: float
    archive: float
    tables: float
    curate: float
    curate_run: float
    """The processor seconds of a run of curate beside those of its rows."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The quotas and the assumptions of scale.toml."""

    quotas: Mapping[str, Quota]
    assumed: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Need:
    """The need of one resource at so many rows a second, beside what the stage has and what AWS gives.

    `has` is None where the stage sets no limit, `quota` where AWS has none.
    """

    what: str
    need: float
    has: float | None
    quota: str | None
    change: str


def noted(path: Path = NOTED) -> Noted:
    """The quotas and assumptions of this file."""
    found = tomllib.loads(path.read_text("utf-8"))
    return Noted({name: Quota(**values) for name, values in found["quota"].items()}, found["assumed"])


def costs(report: Report) -> Costs:
    """The processor time of a row by the last benchmarks; raises `BenchmarkError` where a part was not measured."""
    return Costs(
        ingest=_worker_seconds(report, "rest", "rest-500"),
        archive=_worker_seconds(report, "stream", "stream"),
        tables=_figure(report, "tables", "tables", "client's CPU µs a line") / 1e6,
        curate=CURATE_ROW_SECONDS,
        curate_run=CURATE_RUN_SECONDS,
    )


CURATE_ROW_SECONDS: Final = 34e-6
CURATE_RUN_SECONDS: Final = 28.0
"""Of a row and of a run of curate, by 0.5, 1.5 and 5 million rows (docs/benchmarks.md); a usual run has one number."""


def _worker_seconds(report: Report, part: str, comparison: str) -> float:
    """Processor seconds of a row in the function's workers, median over the rounds."""
    found = report.parts.get(part)
    way = found.comparison(comparison) if found else None
    samples = way.ways[0].taken if way else []
    shares = sorted(
        usage.cpu_seconds / sample.rows
        for sample in samples
        for usage in sample.processes
        if usage.name == "function's workers"
    )
    if not shares:
        raise BenchmarkError(f"the part {part} was not measured: make bench PARTS={part}")
    return shares[len(shares) // 2]


def _figure(report: Report, part: str, comparison: str, name: str) -> float:
    found = report.parts.get(part)
    of = found.comparison(comparison) if found else None
    figure = of.ways[0].figure(name) if of else None
    if figure is None:
        raise BenchmarkError(f"the part {part} was not measured: make bench PARTS={part}")
    return figure


def needs(rows: float, cost: Costs, of: Noted, stage: Stage = PROD) -> list[Need]:
    """The need of every resource at so many rows a second, in the order of a row's way."""
    a, busy = of.assumed, of.assumed["busy"]
    requests = rows / a["rows_a_request"]
    core = a["lambda_core"] * min(1.0, INGEST_MB / a["mb_a_core"])
    ingest = requests * (a["rows_a_request"] * cost.ingest / core + a["request_seconds"]) / busy
    consumer_core = a["lambda_core"] * min(1.0, CONSUMER_MB / a["mb_a_core"])
    archive = rows * (cost.archive / consumer_core + a["store_seconds_a_batch"] / BATCH_SIZE) / busy
    waits = a["dynamodb_seconds"] / 25 / a["requests_at_once"] * 2
    tables = rows * (cost.tables / consumer_core + waits) / busy
    partitions = max(1.0, archive, tables)
    bytes_in = rows * a["bytes_a_message"] * REPLICAS
    poller = max(rows * a["bytes_in_an_event"] / of.quotas["poller-bytes"].value / busy, tables / 5)
    brokers = max(BROKERS, bytes_in / of.quotas["broker-bytes"].value / busy)
    invoices = rows / a["rows_an_invoice"]
    reads = rows * math.ceil(a["bytes_an_item"] * a["rows_an_invoice"] / 4096) / a["rows_an_invoice"]
    run = rows * 3600 * a["hours_a_run"]
    seconds = a["minutes_a_run"] * 60
    glue = (run * cost.curate + cost.curate_run) / (GLUE_CORES * a["glue_core"] * seconds * busy)
    rpu = run / a["warehouse_rows_a_second"] / seconds / busy
    archive_keys = max(rows / BATCH_SIZE, partitions / stage.kafka.archive_window_seconds)
    pollers = stage.kafka.pollers.maximum_pollers if stage.kafka.pollers else None
    return [
        Need("API: requests/s", requests, stage.api.rate_limit, "api-requests", "`rate_limit` of the stage"),
        Need("ingest: executions at once", ingest, stage.api.ingest_concurrency, "lambda-concurrency",
             "`ingest_concurrency` of the stage, then the account's quota"),
        Need("Kafka: connections of ingest to a broker", ingest, None, "iam-connections",
             "fewer, larger executions; more connections by the broker's setting"),
        Need("Kafka: brokers kafka.m7g.large", brokers, BROKERS, "brokers",
             "`broker_type`: kafka.m7g.4xlarge writes eight times as much; then more brokers"),
        Need("topic: partitions, for the slower consumer", partitions, PARTITIONS, None,
             "`PARTITIONS` before the first row: more partitions later send an invoice's rows elsewhere"),
        Need("topic: partitions and replicas on a broker", partitions * REPLICAS / max(brokers, BROKERS), None,
             "partitions-a-broker", "a larger `broker_type`"),
        Need("raw_archive: executions at once", archive, PARTITIONS, "lambda-concurrency", "partitions"),
        Need("raw_archive: pollers", poller, pollers, "pollers", "`maximum_pollers` of the stage; partitions"),
        Need("raw_archive: objects/s", archive_keys, None, "s3-puts", "a longer window; S3 splits prefixes by itself"),
        Need("order_tables: executions at once", tables, PARTITIONS, "lambda-concurrency",
             "partitions; more memory, up to 1,769 MB, gives a whole core"),
        Need("Invoices: write units/s", rows, None, "write-units", "a request for a higher quota, beforehand"),
        Need("Invoices: read units/s", reads, None, "read-units", "a request for a higher quota, beforehand"),
        Need("Customers: write units/s, with its index", 2 * invoices, None, "write-units",
             "a request for a higher quota, beforehand"),
        Need("Invoices: write units/s of one invoice, of a hundredth of all rows", rows / 100, None, "partition-writes",
             "no invoice of a shop has so many rows; a test that sends one must not"),
        Need("curate: workers G.1X beside the driver", max(1.0, glue), stage.batch.workers - 1, "glue-dpus",
             "`workers` of the stage, larger workers, or runs more often"),
        Need("load_warehouse: RPU", max(8.0, rpu), stage.warehouse.max_capacity, "rpus",
             "`base_capacity` and `max_capacity` of the stage; smaller batches more often"),
    ]  # fmt: skip


def breaking(cost: Costs, of: Noted, stage: Stage = PROD) -> list[tuple[float, str, str, str]]:
    """At how many rows a second which limit is reached: the rows, the resource, the limit, the change; least first.

    A limit that grows with what else is there, such as partitions on ever more brokers, is never reached and left out.
    """
    found = []
    for at, need in enumerate(needs(1.0, cost, of, stage)):
        quota = of.quotas[need.quota] if need.quota else None
        limits = {"the stage's setting": need.has, "AWS's quota": quota.value if quota else None}
        for whose, limit in limits.items():
            if limit is not None:
                rows = _greatest(lambda rows, at=at: needs(rows, cost, of, stage)[at].need, limit)  # type: ignore[misc]
                found.append((rows, need.what, f"{whose}, {limit:,.0f}", need.change))
    return sorted(it for it in found if it[0] < MOST_ROWS * 0.99)


def _greatest(need: Callable[[float], float], limit: float) -> float:
    """The greatest number of rows a second whose need is within the limit; needs grow with rows."""
    low, high = 0.0, MOST_ROWS
    while high - low > max(1.0, low * 1e-3):
        middle = (low + high) / 2
        low, high = (middle, high) if need(middle) <= limit else (low, middle)
    return low


def page(cost: Costs, of: Noted, rows: Sequence[float] = SHOWN, stage: Stage = PROD) -> str:
    """Two tables in Markdown: what is needed, and what breaks first."""
    tables = [needs(number, cost, of, stage) for number in rows]
    lines = [
        f"| | {' | '.join(f'{number:,} rows/s' for number in rows)} | stage `{stage.name}` has | AWS's quota |",
        f"|---|{'---|' * (len(rows) + 2)}",
    ]
    for at, need in enumerate(tables[0]):
        cells = " | ".join(_shown(table[at].need) for table in tables)
        has = "" if need.has is None else f"{need.has:,.0f}"
        lines.append(f"| {need.what} | {cells} | {has} | {_quota(of, need.quota)} |")
    lines += ["", "| breaks at rows/s | what | limit | change |", "|---|---|---|---|"]
    for number, what, limit, change in breaking(cost, of, stage):
        if number < rows[-1]:
            lines.append(f"| {_significant(number)} | {what} | {limit} | {change} |")
    return "\n".join(lines)


def _quota(of: Noted, name: str | None) -> str:
    if name is None:
        return ""
    quota = of.quotas[name]
    return f"[{quota.value:,.0f} {quota.unit}]({quota.page}){'' if quota.seen else ' (from memory)'}"


def _shown(need: float) -> str:
    return f"{need:,.0f}" if need >= 10 else f"{need:.2g}"


def _significant(number: float) -> str:
    """A number with two significant digits.

    >>> _significant(123456.0), _significant(8.8)
    ('120,000', '9')
    """
    if number < 10:
        return f"{number:.0f}"
    return f"{round(number, 1 - math.floor(math.log10(number))):,.0f}"


def basis(cost: Costs) -> str:
    """The measured processor time of a row, as a sentence."""
    return (
        f"Processor time of a row, measured: ingest {cost.ingest * 1e6:.1f} µs, raw_archive {cost.archive * 1e6:.1f},"
        f" order_tables {cost.tables * 1e6:.0f}, curate {cost.curate * 1e6:.0f} and {cost.curate_run:.0f} s a run."
    )


def main(argv: list[str]) -> int:
    """Print the tables for these rates."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", allow_abbrev=False)
    parser.add_argument("--rows-per-second", type=int, nargs="+", default=list(SHOWN), metavar="N")
    options = parser.parse_args(argv)
    report = read()
    if report is None:
        raise BenchmarkError("nothing was measured yet: make bench")
    cost = costs(report)
    print(basis(cost) + "\n\n" + page(cost, noted(), sorted(options.rows_per_second)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BenchmarkError as error:
        sys.exit(str(error))
