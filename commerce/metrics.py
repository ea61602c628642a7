"""The metrics that functions, jobs and commands publish, and the log record out of which CloudWatch makes them.

A record is one JSON object in CloudWatch's embedded metric format: a line of a log that names those of its own fields
that are metrics (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
So publishing costs no request, and the laptop reads the same lines.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

NAMESPACE: Final = "Tillstream"

FUNCTION: Final = "FunctionName"
JOB: Final = "JobName"
FIELD: Final = "Field"
BUCKET: Final = "LakeBucket"
"""Dimensions: the function, the job, the lake bucket that a metric is of; `Field` splits what was refused."""

COUNT: Final = "Count"
BYTES: Final = "Bytes"
MILLISECONDS: Final = "Milliseconds"
SECONDS: Final = "Seconds"


class Metric(msgspec.Struct, frozen=True):
    """A metric: its name, its unit, the folders of the code that publishes it, and its meaning."""

    name: str
    unit: str
    sources: tuple[str, ...]
    meaning: str


_INGEST: Final = ("lambdas/ingest",)
_CONSUMERS: Final = ("consumers/raw_archive", "consumers/order_tables")
_ARCHIVE, _TABLES = (_CONSUMERS[:1], _CONSUMERS[1:])
_CURATE: Final = ("glue_jobs/curate",)
_LOADS: Final = ("glue_jobs/load_tables", "glue_jobs/load_warehouse")
_JOBS: Final = (*_CURATE, *_LOADS, "glue_jobs/maintain_lake")
_CENSUS: Final = ("lambdas/census",)
_VERDICTS: Final = ("operations/reconcile", *_CENSUS)

ROWS_ACCEPTED: Final = Metric("RowsAccepted", COUNT, _INGEST, "rows that the broker has acknowledged")
ROWS_REFUSED: Final = Metric(
    "RowsRefused", COUNT, (*_INGEST, *_CURATE), "rows that are not order lines; `ingest` also counts them by field"
)
ROWS_UNACKNOWLEDGED: Final = Metric(
    "RowsUnacknowledged",
    COUNT,
    _INGEST,
    "valid rows that the broker did not acknowledge in time: 503",
)
PUBLISH_TIME: Final = Metric("PublishTime", MILLISECONDS, _INGEST, "time of publishing one request's rows")
REQUEST_SIZE: Final = Metric("RequestSize", BYTES, _INGEST, "bytes of one request's body")

BATCH_MESSAGES: Final = Metric("BatchMessages", COUNT, _CONSUMERS, "messages of one batch, counted at each try of it")
BATCH_TIME: Final = Metric("BatchTime", MILLISECONDS, _CONSUMERS, "time of one batch that was written whole")
OLDEST_MESSAGE_AGE: Final = Metric(
    "OldestMessageAge", SECONDS, _CONSUMERS, "age of a batch's oldest message when a try of the batch begins"
)
MESSAGES_FILED: Final = Metric("MessagesFiled", COUNT, _ARCHIVE, "messages in raw objects that were put")
BYTES_FILED: Final = Metric("BytesFiled", BYTES, _ARCHIVE, "bytes of raw objects that were put")
LINES_PUT: Final = Metric("LinesPut", COUNT, _TABLES, "lines of one batch, which the tables hold now")
MESSAGES_QUARANTINED: Final = Metric(
    "MessagesQuarantined", COUNT, _TABLES, "messages that are not order lines, and were not in quarantine before"
)

RUNS_SUCCEEDED: Final = Metric("RunsSucceeded", COUNT, _JOBS, "1 for a run of a job that succeeded")
RUN_TIME: Final = Metric("RunTime", SECONDS, _JOBS, "time of a run that succeeded, from Spark's start")
ROWS_READ: Final = Metric("RowsRead", COUNT, _CURATE, "rows that a run read from dropped files and raw objects")
LINES_ADDED: Final = Metric("LinesAdded", COUNT, _CURATE, "lines that a run added to the lake")
LINES_LOADED: Final = Metric("LinesLoaded", COUNT, _LOADS, "lines of the batches that a run loaded")

VERDICT_BROKEN: Final = Metric(
    "VerdictBroken",
    COUNT,
    _VERDICTS,
    "1 for a published verdict by which rows are lost, repeated or different, else 0",
)
VERDICT_ROWS: Final = Metric("VerdictRows", COUNT, _CENSUS, "messages of the topic that a census counted")

METRICS: Final = (
    ROWS_ACCEPTED, ROWS_REFUSED, ROWS_UNACKNOWLEDGED, PUBLISH_TIME, REQUEST_SIZE,
    BATCH_MESSAGES, BATCH_TIME, OLDEST_MESSAGE_AGE, MESSAGES_FILED, BYTES_FILED, LINES_PUT, MESSAGES_QUARANTINED,
    RUNS_SUCCEEDED, RUN_TIME, ROWS_READ, LINES_ADDED, LINES_LOADED, VERDICT_BROKEN, VERDICT_ROWS,
)  # fmt: skip
"""Every metric of our own, in the order of a row's way."""

Values = Mapping[Metric, float]
Dimensions = Mapping[str, str]

NO_VALUES: Final[Values] = {}
"""The values of a record that holds no metric."""


def record(at: datetime, dimensions: Dimensions, values: Values, fields: Mapping[str, object]) -> bytes:
    """The log record of these values, and of other fields beside them.

    >>> at = datetime(2026, 11, 29, 12, tzinfo=UTC)
    >>> print(record(at, {"JobName": "curate"}, {}, {"batch": "b"}).decode())
    {"time":"2026-11-29T12:00:00.000Z","batch":"b"}
    >>> msgspec.json.decode(record(at, {"JobName": "curate"}, {LINES_ADDED: 7}, {}))["_aws"]["CloudWatchMetrics"]
    [{'Namespace': 'Tillstream', 'Dimensions': [['JobName']], 'Metrics': [{'Name': 'LinesAdded', 'Unit': 'Count'}]}]
    """
    time = at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    found = {"time": time, **fields}
    if values:
        names = [{"Name": metric.name, "Unit": metric.unit} for metric in values]
        directive = {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": names}
        found |= {**dimensions, **{metric.name: value for metric, value in values.items()}}
        found["_aws"] = {"Timestamp": round(at.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return msgspec.json.encode(found)
