"""A Spark session with the laptop's job settings, and a separate lake for each test.

`spark` is one session a test process (it starts in some 5 s); `lake` gives each test an empty bucket, an empty database
and the environment that a job runs in. Tests that use them are marked `@pytest.mark.parts`.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from infra.spark import CATALOG, lake_conf
from local.glue.spark import laptop_conf
from tests.parts import S3

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyspark.sql import SparkSession

WAREHOUSE = "warehouse"


@dataclass(frozen=True, slots=True)
class Lake:
    """An empty lake: `bucket` is the lake bucket, `table` a job's `--table`; the table does not exist yet.

    `name` is the table's name without Spark's catalog, as `catalog` (pyiceberg) knows it.
    """

    bucket: str
    table: str
    name: str
    s3: Any
    catalog: "SqlCatalog"


def job_environment(server: S3) -> dict[str, str]:
    """The variables by which boto3 and Iceberg find the S3 server."""
    return {
        "AWS_ENDPOINT_URL_S3": server.endpoint,
        "AWS_ACCESS_KEY_ID": server.access_key_id,
        "AWS_SECRET_ACCESS_KEY": server.secret_access_key,
        "AWS_SESSION_TOKEN": "",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYSPARK_PYTHON": sys.executable,
    }


@pytest.fixture(scope="session")
def lake_db(parts_folder: Path) -> Path:
    """The SQLite file of the session's catalog."""
    return parts_folder / "lake.db"


@pytest.fixture(scope="session")
def spark(s3: S3, lake_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkSession"]:
    """One Spark with the catalog `lake`, whose files are in a bucket beside the tests' own."""
    from pyspark.sql import SparkSession

    _client(s3).create_bucket(Bucket=WAREHOUSE)
    before = dict(os.environ)
    os.environ.update(job_environment(s3))  # the JVM takes it along, and its Python workers take it from there
    try:
        scratch = tmp_path_factory.mktemp("spark")
        settings = laptop_conf(lake_conf(f"s3://{WAREHOUSE}/lake"), lake_db, scratch) | {"spark.driver.memory": "1g"}
        builder = SparkSession.builder
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("WARN")
    finally:
        os.environ.clear()
        os.environ.update(before)
    yield session
    session.stop()


@pytest.fixture
def lake(spark: "SparkSession", s3: S3, lake_db: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A separate lake for one test, and a job's environment in this process."""
    from pyiceberg.catalog.sql import SqlCatalog

    for name, value in job_environment(s3).items():
        monkeypatch.setenv(name, value)
    own = uuid4().hex[:12]
    bucket, database = f"lake-{own}", f"db_{own}"
    client = _client(s3)
    client.create_bucket(Bucket=bucket)
    spark.sql(f"CREATE NAMESPACE {CATALOG}.{database}")
    catalog = SqlCatalog(
        CATALOG,
        uri=f"sqlite:///{lake_db}",
        warehouse=f"s3://{WAREHOUSE}/lake",
        **{
            "s3.endpoint": s3.endpoint,
            "s3.access-key-id": s3.access_key_id,
            "s3.secret-access-key": s3.secret_access_key,
            "s3.region": "us-east-1",
        },
    )
    name = f"{database}.order_lines"
    return Lake(bucket, f"{CATALOG}.{name}", name, client, catalog)


def _client(server: S3) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        region_name="us-east-1",
    )
