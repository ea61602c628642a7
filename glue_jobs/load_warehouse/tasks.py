"""The code in Spark's workers: writes a partition's lines as one Parquet object for the warehouse.

A module of its own, since workers import what they run. An object is named by its partition and holds the same bytes
whoever writes it, so a task that runs twice, or a run beside another, puts nothing wrong into a COPY's way.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa
from pyarrow import parquet
from pyspark import TaskContext

from commerce.batches.paths import warehouse_key
from glue_jobs.staging import SCHEMA
from stores.s3.transfers import Transfers, patient, s3

REPORT: Final = "key string, bytes bigint, lines bigint"
"""The columns of a task's report about its object, in Spark's SQL."""

FOR_COPY: Final = pa.schema(
    [it.with_type(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(it.type) else it for it in SCHEMA]
)
"""The columns in COPY's form.

Without a zone, Arrow leaves out the annotation TIMESTAMP_MICROS, by which older readers, and so COPY, distinguish a
time from a number; so the business' time is written as if it were UTC, and COPY stores it unchanged in a TIMESTAMP.
"""

ROWS_OF_A_GROUP: Final = 100_000
"""Rows of a row group, which is held in memory whole; some 20 MB."""


def hand_over(batches: Iterable[Any], batch: str, bucket: str) -> Iterator[Any]:
    """Put these lines under the key that COPY reads; yields one batch with the report, none without lines."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part.parquet"
        lines = write(batches, path)
        if lines:
            key = warehouse_key(batch, _partition())
            Transfers(s3(), bucket, patient()).upload(path, key)
            yield pa.record_batch({"key": [key], "bytes": [path.stat().st_size], "lines": [lines]})


def write(batches: Iterable[Any], path: Path) -> int:
    """Write these Arrow batches as one file, their columns in the table's order; returns the number of lines."""
    lines = 0
    with parquet.ParquetWriter(path, FOR_COPY) as writer:
        for group in _groups(batches):
            # columns are found by name here, and by their place by COPY
            writer.write_table(pa.Table.from_batches(group).select(FOR_COPY.names).cast(FOR_COPY))
            lines += sum(it.num_rows for it in group)
    return lines


def _groups(batches: Iterable[Any]) -> Iterator[list[Any]]:
    group: list[Any] = []
    rows = 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        if rows >= ROWS_OF_A_GROUP:
            yield group
            group, rows = [], 0
    if rows:
        yield group


def _partition() -> int:
    context = TaskContext.get()
    if context is None:
        raise RuntimeError("lines are handed over by a task of Spark")
    return context.partitionId()
