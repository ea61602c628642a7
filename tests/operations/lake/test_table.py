"""The table as Spark's Iceberg wrote it, read by pyiceberg, and the command on it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tillstream
from commerce.columns import COLUMNS
from commerce.lines import FIELDS, OrderLine
from glue_jobs import lake_table
from glue_jobs.staging import record_batch, spark_columns
from operations.errors import StoreUnreachable
from operations.lake.table import LakeTable, sqlite_address
from operations.reconcile.hops.lake import Lake as LakeRows
from stores.target import Target
from tests.laptops import a_laptop
from tests.orders import a_line
from tests.parts import S3
from tests.spark import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.parts

LINES = [
    a_line(
        InvoiceNo=f"{600_000 + number}",
        InvoiceDate=datetime(2010, 11 + number % 2, 1 + number % 28, number % 24, 59, 59),
        Description=None if number % 3 else "POSTBOX £ [red]",
        CustomerID=None if number % 4 else 12_345,
    )
    for number in range(200)
]


@pytest.fixture
def target(lake: Lake, lake_db: Path, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The laptop of the checkout at `tmp_path`, whose lake this is."""
    return a_laptop(
        tmp_path,
        monkeypatch,
        s3,
        region="us-east-1",
        lake_bucket=lake.bucket,
        lake_table=lake.table,
        lake_catalog=f"jdbc:sqlite:{lake_db}?busy_timeout=10000",
        endpoints={"s3": s3.endpoint},
    )


def in_order(lines: Iterable[OrderLine]) -> list[OrderLine]:
    return sorted(lines, key=lambda line: line.LineId)


def append(spark: "SparkSession", lake: Lake, lines: Sequence[OrderLine]) -> None:
    spark.sql(lake_table.create_table(lake.table))
    rows = record_batch(list(lines)).to_pylist()
    values = [tuple(row[column.name] for column in COLUMNS) for row in rows]
    spark.createDataFrame(values, spark_columns()).writeTo(lake.table).append()


def test_rows_come_back_as_the_lines_that_they_are(spark: "SparkSession", lake: Lake, target: Target) -> None:
    append(spark, lake, LINES[:150])
    append(spark, lake, LINES[150:])
    read = LakeRows(target).lines(date(2010, 11, 1), date(2010, 12, 31))
    assert in_order(read) == in_order(LINES)
    some = list(LakeRows(target).lines(date(2010, 12, 3), date(2010, 12, 9)))
    assert in_order(some) == in_order(
        line for line in LINES if date(2010, 12, 3) <= line.InvoiceDate.date() <= date(2010, 12, 9)
    )


def test_the_command_answers_from_the_newest_commit(
    spark: "SparkSession", lake: Lake, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    append(spark, lake, LINES[:150])
    append(spark, lake, LINES[150:])
    sql = "SELECT count(*) AS lines, count(DISTINCT LineId) AS ids, sum(UnitPrice) AS price FROM order_lines"
    assert tillstream.main(["lake", sql, "--json"]) == 0
    assert capsys.readouterr().out == '[\n{"lines":200,"ids":200,"price":510.000}\n]\n'
    assert tillstream.main(["lake", f"SELECT {', '.join(FIELDS)} FROM order_lines ORDER BY 1 LIMIT 1", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "600000,20001A,POSTBOX £ [red],6,2010-11-01T00:59:59,2.550,12345,France"
    )
    assert tillstream.main(["lake", "SELECT Description FROM order_lines WHERE InvoiceNo = '600000'"]) == 0
    assert "POSTBOX £ [red]" in capsys.readouterr().out


def test_a_file_is_named_while_any_snapshot_has_it(spark: "SparkSession", lake: Lake, target: Target) -> None:
    append(spark, lake, LINES[:50])
    files = LakeTable(target).keys()
    assert {key.rpartition(".")[2] for key in files} == {"parquet"}
    spark.sql(f"DELETE FROM {lake.table}")
    assert LakeTable(target).keys() == files
    spark.sql(lake_table.expire(lake.table, "2100-01-01 00:00:00"))
    assert LakeTable(target).keys() == frozenset()


def test_wrong_sql_is_wrong_use_and_no_lake_a_failure(
    spark: "SparkSession", lake: Lake, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tillstream.main(["lake", "SELECT 1"]) == 1
    said = capsys.readouterr().err
    assert said == f"tillstream lake: the lake has no table {lake.table} yet: `tillstream job curate` makes it\n"
    append(spark, lake, LINES[:5])
    assert tillstream.main(["lake", "DROP TABLE order_lines"]) == 2
    assert tillstream.main(["lake", "SELECT Nothing FROM order_lines"]) == 2
    err = capsys.readouterr().err
    assert "give one SELECT: this command reads the lake's table" in err
    assert '"Nothing" not found' in err


def test_a_catalog_of_another_kind_is_named() -> None:
    with pytest.raises(StoreUnreachable, match="jdbc:postgresql"):
        sqlite_address("jdbc:postgresql://host/lake")


def test_a_table_that_was_read_stays_the_same_while_it_is_read(
    spark: "SparkSession", lake: Lake, target: Target
) -> None:
    append(spark, lake, LINES[:50])
    table = LakeTable(target)
    append(spark, lake, LINES[50:])
    assert sum(batch.num_rows for batch in table.batches(["LineId"])) == 50
    assert sum(batch.num_rows for batch in LakeTable(target).batches(["LineId"])) == 200
