"""The daemon of Spark's Python workers: what it leaves out of the import path, and that its workers are ready."""

import sys
from typing import TYPE_CHECKING

import pytest

from local.glue.worker_daemon import archives_of_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_only_the_archives_in_sparks_own_folder_are_taken_out() -> None:
    path = [
        "/spark/python/lib/pyspark.zip",
        "/spark/jars/spark-core.jar",
        "/spark/python",
        "/job/modules.zip",
        "/sparks.zip",
    ]

    assert archives_of_spark(path, "/spark") == path[:2]


@pytest.mark.parts
def test_a_worker_has_its_imports_before_its_first_task_and_no_archive_of_spark_to_read(spark: "SparkSession") -> None:
    def seen(_: object) -> list[tuple[bool, list[str]]]:
        return [("pyarrow.parquet" in sys.modules and "boto3" in sys.modules, [*sys.path_importer_cache])]

    [(ready, read)] = spark.sparkContext.parallelize([0], 1).mapPartitions(seen).collect()

    assert ready
    assert not [path for path in read if "spark-core" in path or "pyspark.zip" in path]
