"""Reads staged lines in Spark, for every job that loads them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession

from commerce.erasures import NOTHING
from glue_jobs.staging import record_batches, spark_columns, without
from stores.s3.transfers import Transfers, patient, s3

TASKS_A_SLOT: Final = 8
"""Tasks for each that can run at once: enough to even out large and small ones."""


def staged_lines(spark: SparkSession, bucket: str, keys: Sequence[str], erased: Collection[str] = NOTHING) -> DataFrame:
    """The lines of these staged objects, at least one, each downloaded by its task; without the `erased` ones.

    The tasks get numbers, which Spark makes without Python: a list of keys would cost each task a second Python worker.
    """
    keys = tuple(keys)

    def lines(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from (without(it, erased) for it in _lines(keys[number], bucket))

    # in SQL, since `spark.range` loads Scala's reflection: half a second of CPU
    numbers = spark.sql(f"SELECT id FROM range(0, {len(keys)}, 1, {min(len(keys), most_tasks(spark))})")
    return numbers.mapInArrow(lines, spark_columns())


def most_tasks(spark: SparkSession) -> int:
    """The largest number of tasks into which a job divides its inputs."""
    return TASKS_A_SLOT * spark.sparkContext.defaultParallelism


def _lines(key: str, bucket: str) -> Iterator[Any]:
    """The lines of one staged object, as Arrow batches."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "lines.parquet"
        Transfers(s3(), bucket, patient()).download(key, path)
        yield from record_batches(path)
