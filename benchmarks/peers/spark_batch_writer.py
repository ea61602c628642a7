"""A user's load of DynamoDB from Spark: each partition by boto3's `batch_writer`.

No check, no copies (a row's key is random: run twice, it writes all rows twice), no summaries, no set rate.
"""

import argparse
import sys
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from pyspark.sql import SparkSession

from benchmarks.peers.plain_spark import SCHEMA


def main(argv: list[str]) -> int:
    """Read the CSV files and write their rows as items."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--csv", required=True)
    parser.add_argument("--table", required=True)
    options, _ = parser.parse_known_args(argv)
    name = options.table

    def write(rows: Iterable[Any]) -> None:
        import boto3

        with boto3.resource("dynamodb").Table(name).batch_writer() as writer:
            for row in rows:
                item = {field: value for field, value in row.asDict().items() if value is not None}
                number = int(row.InvoiceNo.lstrip("ACc"))
                key = {"InvoiceNo": number, "LineKey": f"{row.InvoiceNo}#{row.StockCode}#{uuid4().hex}"}
                customer = {} if row.CustomerID is None else {"CustomerID": int(row.CustomerID)}
                writer.put_item(Item=item | {"InvoiceDate": row.InvoiceDate.isoformat()} | customer | key)

    spark = SparkSession.builder.getOrCreate()
    reader = spark.read.schema(SCHEMA).option("timestampNTZFormat", "yyyy-MM-dd HH:mm:ss")
    reader.csv(options.csv, header=True).repartition(2).rdd.foreachPartition(write)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
