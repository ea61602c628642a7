"""maintain_lake on a real table: fewer files and snapshots, the same rows."""

from typing import Any

import pytest

from glue_jobs.curate.job import Curate
from glue_jobs.maintain_lake.job import main, maintain
from tests.orders import cells, csv_document
from tests.spark import Lake

pytestmark = pytest.mark.parts


def test_many_commits_become_one_file_and_one_snapshot_with_the_same_rows(spark: Any, lake: Lake) -> None:
    curate = Curate(spark, lake.bucket, "order-lines", lake.table)
    for number in range(6):
        lake.s3.put_object(
            Bucket=lake.bucket,
            Key=f"incoming/{number}.csv",
            Body=csv_document(cells(InvoiceNo=f"60000{number}")),
        )
        curate.run()
    before = sorted(map(tuple, spark.table(lake.table).collect()))
    done = maintain(spark, lake.table, keep_days=0)
    assert done["compacted"]["rewritten_data_files_count"] == 6
    table = lake.catalog.load_table(lake.name)
    assert len(table.metadata.snapshots) == 1
    assert len(list(table.scan().plan_files())) == 1
    assert sorted(map(tuple, spark.table(lake.table).collect())) == before
    assert curate.run() == []


def test_young_snapshots_are_kept(spark: Any, lake: Lake) -> None:
    curate = Curate(spark, lake.bucket, "order-lines", lake.table)
    for number in range(2):
        body = csv_document(cells(InvoiceNo=f"60000{number}"))
        lake.s3.put_object(Bucket=lake.bucket, Key=f"incoming/{number}.csv", Body=body)
        curate.run()
    maintain(spark, lake.table, keep_days=1)
    assert len(lake.catalog.load_table(lake.name).metadata.snapshots) == 2


def test_a_table_that_is_not_there_yet_is_no_trouble(spark: Any, lake: Lake) -> None:
    assert main(["--table", lake.table, "--keep-days", "7", "--JOB_NAME", "maintain_lake"]) == 0
