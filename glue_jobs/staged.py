"""Staged lines as Spark sees them: the objects that curate staged, read by the workers, a task each."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from glue_jobs.curate.tasks import staged_lines
from glue_jobs.staging import spark_columns


def staged(spark: SparkSession, bucket: str, keys: Sequence[str]) -> DataFrame:
    """The lines of these objects of the bucket, at least one; a LineId may come more than once."""

    def lines(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            for key in batch.column(0).to_pylist():
                yield from staged_lines(key, bucket)

    objects = spark.sparkContext.parallelize([(key,) for key in keys], len(keys))
    return spark.createDataFrame(objects, "key string").mapInArrow(lines, spark_columns())
