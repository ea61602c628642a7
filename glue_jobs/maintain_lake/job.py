"""The edge of maintain_lake: compacts the table, then expires old snapshots.

    spark-submit glue_jobs/maintain_lake/job.py --table lake.tillstream.order_lines --keep-days 7

Both leave the table's rows as they are, and may run at any time: a commit that comes in between wins, and the procedure
tries again. A batch whose snapshot is forgotten before its manifest was written is merged again, which adds nothing.
"""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession

from glue_jobs import arguments, lake_table
from glue_jobs.measuring import measured


def main(argv: list[str]) -> int:
    """Run the job; Glue's own arguments are accepted beside its own; exits with 2 if one is wrong."""
    parser = argparse.ArgumentParser("maintain_lake", allow_abbrev=False)
    parser.add_argument("--table", required=True)
    parser.add_argument("--keep-days", required=True, type=int)
    options = arguments.parse(parser, argv)
    if options.keep_days < 0:
        parser.error(f"--keep-days must be 0 or more, not {options.keep_days}")
    with measured(options.JOB_NAME):
        print(json.dumps(maintain(SparkSession.builder.getOrCreate(), options.table, options.keep_days)), flush=True)
    return 0


def maintain(spark: SparkSession, table: str, keep_days: int) -> dict[str, Any]:
    """Compact the table and expire snapshots older than so many days; returns each procedure's result."""
    spark.sql(lake_table.create_table(table))
    compacted = spark.sql(lake_table.compact(table)).first()
    before = datetime.now(UTC) - timedelta(days=keep_days)
    expired = spark.sql(lake_table.expire(table, f"{before:%Y-%m-%d %H:%M:%S.%f}")).first()
    return {name: row.asDict() for name, row in (("compacted", compacted), ("expired", expired)) if row}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
