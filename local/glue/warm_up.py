"""`python -m local.glue.warm_up S3_ENDPOINT ARCHIVE`: loads the classes of a batch job, and writes an archive of them.

The keys of the S3 server come from the environment, as a job's do. The JVM writes the archive as it ends.
"""

import os
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import boto3

from local.glue.spark import GLUE_CATALOG, laptop_conf

BUCKET: Final = "warm-up"
CONF: Final[Mapping[str, str]] = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.lake.catalog-impl": GLUE_CATALOG,
    "spark.sql.catalog.lake.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.catalog.lake.warehouse": f"s3://{BUCKET}/lake",
}
"""The settings of the template's jobs that decide which classes are loaded."""

MERGE: Final = """
    MERGE INTO lake.warm_up.lines AS held USING news ON held.id = news.id
    WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *
"""


def main(arguments: Sequence[str]) -> int:
    """Run a small job that creates a table, merges into it and reads it."""
    endpoint, archive = arguments
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "AWS_ENDPOINT_URL_S3": endpoint,
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_SUBMIT_ARGS": shlex.join([*submit_arguments(Path(folder), archive), "pyspark-shell"]),
        }
        work()
    return 0


def submit_arguments(folder: Path, archive: str) -> Iterator[str]:
    """The settings of a job with its own catalog, whose JVM archives its classes."""
    settings = laptop_conf(CONF, folder / "lake.db", folder)
    settings["spark.driver.extraJavaOptions"] += f" -XX:ArchiveClassesAtExit={archive}"
    for name, value in settings.items():
        yield from ("--conf", f"{name}={value}")


def work() -> None:
    """Do once whatever the platform's jobs do with Spark, and return when the JVM has ended."""
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    columns = "id int, text string, month string"
    news = spark.createDataFrame([(number, str(number), "2010-12") for number in range(100)], columns)
    news = news.repartition(2, "id").mapInArrow(unchanged, news.schema).sortWithinPartitions("id")
    news.createOrReplaceTempView("news")
    spark.sql("CREATE NAMESPACE IF NOT EXISTS lake.warm_up")
    spark.sql(f"CREATE TABLE lake.warm_up.lines ({columns}) USING iceberg PARTITIONED BY (month)")
    for _ in range(2):
        spark.sql(MERGE)
    spark.sql("SELECT month, count(*) FROM lake.warm_up.lines GROUP BY month").collect()
    jvm: Any = spark.sparkContext._gateway  # Python has no name for the process
    spark.stop()
    jvm.proc.stdin.close()  # as the end of the driver does
    jvm.proc.wait()


def unchanged(batches: Iterable[Any]) -> Iterator[Any]:
    """The batches unchanged: Python's workers are part of what a job starts."""
    yield from batches


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
