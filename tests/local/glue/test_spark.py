"""The template's Spark settings on this machine: an Iceberg table that Spark writes and pyiceberg reads."""

import shlex
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.spark import conf_argument, lake_conf
from local.errors import UnsupportedProperty
from local.glue.spark import conf_settings, laptop_conf
from local.parts.java import QUICK
from tests.spark import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROW = (datetime(2010, 12, 1, 8, 26), Decimal("2.550"), 17850, None)


def test_the_templates_argument_is_read_as_it_was_written() -> None:
    conf = lake_conf("s3://bucket/lake")

    assert conf_settings(conf_argument(conf)) == conf


def test_the_catalog_is_the_laptops_and_all_else_of_it_the_templates() -> None:
    conf = lake_conf("s3://bucket/lake")

    here = laptop_conf(conf, Path("/data/lake.db"), Path("/scratch"))

    assert conf.items() - here.items() == {
        ("spark.sql.catalog.lake.catalog-impl", "org.apache.iceberg.aws.glue.GlueCatalog")
    }
    assert here["spark.sql.catalog.lake.uri"] == "jdbc:sqlite:/data/lake.db?busy_timeout=10000"


def test_java_starts_quickly_and_keeps_its_files_with_the_run() -> None:
    options = shlex.split(laptop_conf({}, Path("/data/lake.db"), Path("/a run"))["spark.driver.extraJavaOptions"])

    assert {*QUICK, "-Djava.io.tmpdir=/a run"} <= {*options}


def test_a_catalog_that_has_no_stand_in_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedProperty, match=r"spark\.sql\.catalog\.lake is org\.example\.Nessie"):
        laptop_conf(
            {"spark.sql.catalog.lake": "x", "spark.sql.catalog.lake.catalog-impl": "org.example.Nessie"}, Path(), Path()
        )


@pytest.mark.parts
def test_a_snapshot_of_spark_is_read_without_spark_and_old_ones_are_deleted(spark: "SparkSession", lake: Lake) -> None:
    spark.sql(
        f"CREATE TABLE {lake.table} (InvoiceDate timestamp_ntz NOT NULL, UnitPrice decimal(13, 3), CustomerID bigint,"
        " Description string) USING iceberg PARTITIONED BY (months(InvoiceDate))"
    )
    rows = spark.createDataFrame([ROW], spark.table(lake.table).schema)
    for batch in ("one", "two", "three"):
        rows.writeTo(lake.table).option("snapshot-property.tillstream.batch", batch).append()

    table = lake.catalog.load_table(lake.name)
    assert [snapshot.summary["tillstream.batch"] for snapshot in table.snapshots() if snapshot.summary] == [
        "one",
        "two",
        "three",
    ]
    assert [tuple(row.values()) for row in table.scan().to_arrow().to_pylist()] == [ROW] * 3

    spark.sql(f"CALL lake.system.rewrite_data_files(table => '{lake.name}', options => map('min-input-files', '2'))")
    [expired] = spark.sql(
        f"CALL lake.system.expire_snapshots(table => '{lake.name}', older_than => TIMESTAMP '2100-01-01 00:00:00')"
    ).collect()

    assert expired["deleted_data_files_count"] == 3
    table.refresh()
    assert [tuple(row.values()) for row in table.scan().to_arrow().to_pylist()] == [ROW] * 3
    keys = [
        item["Key"]
        for item in lake.s3.list_objects_v2(Bucket="warehouse")["Contents"]
        if lake.name.split(".")[0] in item["Key"]
    ]
    assert len([key for key in keys if key.endswith(".parquet")]) == 1
