"""The cost of a month at so many rows a day: the units of what is paid by use, from templates and assumptions. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from commerce.metrics import METRICS
from operations.cost.hour import DPU, LEAST_POLLERS, POLLERS_A_UNIT, Charge, Resource, bill
from operations.cost.prices import Prices
from operations.cost.resources import CLUSTER, JOB, MAPPING
from operations.errors import Refused

ARCHIVE: Final = "RawArchive"
TABLES: Final = "OrderTables"
INGEST: Final = "Ingest"
"""The constructs of the stream's functions."""

SPARK_OF_ROWS: Final = ("-curate", "-load_warehouse")
"""The ends of the names of jobs whose time grows with the rows of the stream."""

GLUE_CORES: Final = 4
"""vCPUs of a worker G.1X."""

POLLER_BYTES: Final = 5_000_000
FIREHOSE_BYTES: Final = 5_120
"""Firehose bills each record of a Kinesis stream in steps of 5 KB."""
SHARD_ROWS: Final = 1_000
SHARD_BYTES: Final = 1_000_000
"""The most that a shard of Kinesis takes in a second."""

Units = dict[str, float]
"""The units of a month, by the name of their price."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month at so many rows a day: the fixed costs, those by use by price, and the same with Kinesis and Firehose."""

    rows_a_day: int
    fixed: Decimal
    by_use: Mapping[str, Decimal]
    with_kinesis: Decimal

    @property
    def total(self) -> Decimal:
        """Dollars of the month."""
        return self.fixed + sum(self.by_use.values(), Decimal(0))

    def a_million(self, prices: Prices) -> Decimal:
        """Dollars of the month for a million of its rows."""
        return self.total * 1_000_000 / (self.rows_a_day * prices.assumed["hours_a_month"] / 24)


def month(found: list[Resource], prices: Prices, rows_a_day: int) -> Month:
    """The month of a stage; raises `Refused` where templates lack a part of the stream, or a price is missing."""
    hour = bill(found, prices)
    months = prices.assumed["hours_a_month"]
    units = use(found, prices, rows_a_day)
    paid = {name: _dollars(prices, name, amount) for name, amount in sorted(units.items())}
    fixed = sum((it.dollars for it in hour), Decimal(0)) * months
    of_kafka = sum((it.dollars for it in hour if _is_of_kafka(it, found)), Decimal(0)) * months
    instead = use(found, prices, rows_a_day, archive=False)
    instead = {name: it for name, it in instead.items() if name not in ("endpoint-data", "event-poller-unit")}
    instead |= kinesis(prices, rows_a_day)
    other = sum((_dollars(prices, name, amount) for name, amount in instead.items()), Decimal(0))
    return Month(rows_a_day, fixed, paid, fixed - of_kafka + other)


def _dollars(prices: Prices, name: str, units: float) -> Decimal:
    return Decimal(units) * prices.price(name).amount


def _is_of_kafka(charge: Charge, found: list[Resource]) -> bool:
    """Whether a charge would not arise without Kafka and Lambda's pollers."""
    clusters = [it.path for it in found if it.type == CLUSTER]
    return charge.path in clusters or charge.price in ("event-poller-unit", "interface-endpoint")


def use(found: list[Resource], prices: Prices, rows_a_day: int, *, archive: bool = True) -> Units:
    """The units of a month; without `archive` the raw archive's function and its objects are left out.

    Rows come evenly over the day. A consumer is invoked once a window while there are rows, or for each full batch.
    """
    a = {name: float(value) for name, value in prices.assumed.items()}
    days = a["hours_a_month"] / 24
    rows, seconds = rows_a_day * days, days * 86_400
    requests = rows / a["rows_a_request"]
    first = min(requests, seconds)
    batches = {
        name: max(rows / size, min(requests, seconds / max(1, window))) for name, size, window in _mappings(found)
    }
    invoices = rows / a["rows_an_invoice"]
    if not {ARCHIVE, TABLES} <= batches.keys():
        raise Refused(f"the templates have no mapping of {ARCHIVE} and {TABLES}: rows go nowhere")
    called = requests + batches[TABLES] + (batches[ARCHIVE] if archive else 0)
    time = requests * a["request_seconds"] + rows * a["ingest_seconds_a_row"] / _share(found, INGEST, a)
    gb_seconds = time * _memory(found, INGEST) / 1024
    time = rows * (
        a["tables_seconds_a_row"] / _share(found, TABLES, a) + a["dynamodb_seconds"] / 25 / a["requests_at_once"] * 2
    )
    gb_seconds += (time + batches[TABLES] * a["dynamodb_seconds"]) * _memory(found, TABLES) / 1024
    objects = 0.0
    if archive:
        time = (
            rows * a["archive_seconds_a_row"] / _share(found, ARCHIVE, a)
            + batches[ARCHIVE] * a["store_seconds_a_batch"]
        )
        gb_seconds += time * _memory(found, ARCHIVE) / 1024
        partitions = sum(int(it.properties["PartitionCount"]) for it in found if it.type == "AWS::MSK::Topic")
        objects = batches[ARCHIVE] * min(partitions, max(1.0, invoices / batches[ARCHIVE]))
    reads_an_invoice = math.ceil(a["bytes_an_item"] * a["rows_an_invoice"] / 4096)
    kept = rows * a["kept_months"] / 1e9
    units = {
        "api-calls": requests / 1e6,
        "lambda-calls": called / 1e6,
        "lambda-time": gb_seconds,
        # a line each; each invoice's customer and the customer's index; the ledger's two of each raw object
        "dynamodb-writes": (rows + 2 * invoices + 2 * objects) / 1e6,
        "dynamodb-reads": (invoices * reads_an_invoice + invoices + objects) / 1e6,
        "dynamodb-storage": kept * a["bytes_an_item"],
        "dynamodb-recovery": kept * a["bytes_an_item"],
        "s3-puts": objects / 1e6,
        "s3-storage": kept * (a["bytes_in_raw"] + a["bytes_in_lake"]),
        "glue": rows * sum(_dpu_hours_a_row(it, a) for it in found if it.type == JOB),
        "redshift": rows / a["warehouse_rows_a_second"] / 3600,
        "redshift-storage": kept * a["bytes_a_warehouse_row"],
        # X-Ray keeps the first request of each second, and one in twenty of the rest
        "traces": (first + (requests - first) / 20) / 1e6,
        "logs": called * a["log_bytes_a_call"] / 1e9,
        "metrics": sum(not source.startswith("glue_jobs/") for it in METRICS for source in it.sources),
    }
    on_demand = [it for it in found if it.type == MAPPING and not it.properties.get("ProvisionedPollerConfig")]
    if any(it.properties.get("VpcEndpointType") == "Interface" for it in found):
        units["endpoint-data"] = rows * a["bytes_in_an_event"] * len(on_demand) / 1e9
    if more := _more_pollers(found, rows / seconds * a["bytes_in_an_event"]):
        units["event-poller-unit"] = more * a["hours_a_month"]
    return units


def kinesis(prices: Prices, rows_a_day: int) -> Units:
    """The units of a month in which a Kinesis stream takes the rows, a record each, and Firehose writes them to S3."""
    a = {name: float(value) for name, value in prices.assumed.items()}
    rows, rate = rows_a_day * a["hours_a_month"] / 24, rows_a_day / 86_400 * a["peak"]
    shards = max(1, math.ceil(rate / SHARD_ROWS), math.ceil(rate * a["bytes_a_message"] / SHARD_BYTES))
    return {
        "kinesis-shard": shards * a["hours_a_month"],
        "kinesis-retention": shards * a["hours_a_month"],
        "kinesis-puts": rows / 1e6,
        "firehose": rows * FIREHOSE_BYTES / 1e9,
    }


def _mappings(found: list[Resource]) -> Iterator[tuple[str, int, int]]:
    """The construct of each mapping, its batch size and its window in seconds."""
    for it in found:
        if it.type == MAPPING:
            yield (
                it.path.partition("/")[0],
                int(it.properties["BatchSize"]),
                int(it.properties["MaximumBatchingWindowInSeconds"]),
            )


def _memory(found: list[Resource], construct: str) -> float:
    """The memory of a construct's function in MB."""
    [memory] = [
        it.properties["MemorySize"]
        for it in found
        if it.type == "AWS::Lambda::Function" and it.path.partition("/")[0] == construct
    ]
    return float(memory)


def _share(found: list[Resource], construct: str, a: Mapping[str, float]) -> float:
    """The share of a core of the measuring machine that a construct's function has."""
    return a["lambda_core"] * min(1.0, _memory(found, construct) / a["mb_a_core"])


def _dpu_hours_a_row(job: Resource, a: Mapping[str, float]) -> float:
    """The DPU-hours that a row takes of a job, beside those of a run that finds little."""
    if not job.properties["Name"].endswith(SPARK_OF_ROWS):
        return 0.0
    workers = int(job.properties["NumberOfWorkers"])
    seconds = a["curate_seconds_a_row"] / (GLUE_CORES * a["glue_core"] * max(1, workers - 1))
    return float(DPU[job.properties["WorkerType"]]) * workers * seconds / 3600


def _more_pollers(found: list[Resource], bytes_a_second: float) -> int:
    """The event poller units that the rows need beyond those that are kept for the least of pollers."""
    least = [
        int(config.get("MinimumPollers", LEAST_POLLERS))
        for it in found
        if it.type == MAPPING and (config := it.properties.get("ProvisionedPollerConfig"))
    ]
    needed = sum(max(pollers, math.ceil(bytes_a_second / POLLER_BYTES)) for pollers in least)
    return math.ceil(needed / POLLERS_A_UNIT) - math.ceil(sum(least) / POLLERS_A_UNIT)
