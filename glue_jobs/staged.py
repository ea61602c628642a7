"""Reads staged lines in Spark, for every job that loads them.

A staged file that is missing, or is not what curate recorded of it, is refused.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from commerce.batches.records import Sum
from commerce.batches.staged_sums import difference
from commerce.erasures import NOTHING
from commerce.errors import StagedFileLost
from glue_jobs.staging import record_batches, spark_columns, sum_of, without
from stores.s3.transfers import Transfers, patient, s3

TASKS_A_SLOT: Final = 8
"""Tasks for each that can run at once: enough to even out large and small ones."""


_LOST: Final = re.compile(rf"{StagedFileLost.__module__}\.{StagedFileLost.__name__}: (.+)")
"""Our error in the text of Spark's: a worker's traceback, as the driver gets it."""


def staged_lines(
    spark: SparkSession, bucket: str, keys: Sequence[str], sums: Mapping[str, Sum], erased: Collection[str] = NOTHING
) -> DataFrame:
    """The lines of these staged objects, at least one, each downloaded by its task; without the `erased` ones.

    A task raises `StagedFileLost` for an object that is missing or is not what its recorded sum says.

    The tasks get numbers, which Spark makes without Python: a list of keys would cost each task a second Python worker.
    """
    keys = tuple(keys)

    def lines(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                key = keys[number]
                yield from (without(it, erased) for it in _lines(key, bucket, sums.get(key)))

    # in SQL, since `spark.range` loads Scala's reflection: half a second of CPU
    numbers = spark.sql(f"SELECT id FROM range(0, {len(keys)}, 1, {min(len(keys), most_tasks(spark))})")
    return numbers.mapInArrow(lines, spark_columns())


def most_tasks(spark: SparkSession) -> int:
    """The largest number of tasks into which a job divides its inputs."""
    return TASKS_A_SLOT * spark.sparkContext.defaultParallelism


def fault(key: str, bucket: str, recorded: Sum | None) -> str | None:
    """The fault of a staged object, None if it is right; without a record of it, only that it cannot be read."""
    with TemporaryDirectory() as folder:
        return _fault(key, bucket, recorded, Path(folder) / "lines.parquet")


@contextmanager
def told_by_the_driver() -> Iterator[None]:
    """Raise a worker's `StagedFileLost` as the driver's own, without Spark's frame around it."""
    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        if found := _LOST.search(str(error)):
            raise StagedFileLost(found[1]) from None
        raise


def _lines(key: str, bucket: str, recorded: Sum | None) -> Iterator[Any]:
    """The lines of one staged object, as Arrow batches."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.parquet"
        if found := _fault(key, bucket, recorded, path):
            raise StagedFileLost(_lost(key, bucket, found))
        yield from record_batches(path)


def _fault(key: str, bucket: str, recorded: Sum | None, path: Path) -> str | None:
    """The fault of a staged object, None if it is right; it is downloaded to this path if it is there."""
    metadata = Transfers(s3(), bucket, patient()).download_if_there(key, path)
    if metadata is None:
        return "is missing" + (f", where curate wrote {recorded.lines:,} lines" if recorded else "")
    if recorded is None:
        return _unreadable(path)
    now = sum_of(path, recorded.lines)
    return difference(recorded, now.bytes, now.sha256, metadata)


def _unreadable(path: Path) -> str | None:
    """How a file without a record, of an earlier version, fails to be Parquet; None if it can be read."""
    try:
        for _ in record_batches(path):
            pass
    except (pa.ArrowException, OSError) as error:
        return f"cannot be read as Parquet ({' '.join(str(error).split())})"
    return None


def _lost(key: str, bucket: str, what: str) -> str:
    return (
        f"the staged file s3://{bucket}/{key} {what}. `tillstream job curate --again` writes it anew from the files "
        "and raw objects that it was made of, and then this job can be run again; see docs/runbook/job-failed.md"
    )
