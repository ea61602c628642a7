"""The limit of curate: Spark alone reads the same CSV files by a schema and writes them as they are.

No check, no identity, no copies, no quarantine, nothing merged: `--parquet FOLDER` on this disk, or `--table TABLE` of
Iceberg, partitioned as ours is.
"""

import argparse
import sys

from pyspark.sql import SparkSession

SCHEMA = (
    "InvoiceNo string, StockCode string, Description string, Quantity int, InvoiceDate timestamp_ntz, "
    "UnitPrice decimal(38,3), CustomerID double, Country string"
)


def main(argv: list[str]) -> int:
    """Read the CSV files and write their rows to Parquet or to an Iceberg table, as the options say."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--csv", required=True)
    parser.add_argument("--parquet")
    parser.add_argument("--table")
    options, _ = parser.parse_known_args(argv)
    spark = SparkSession.builder.getOrCreate()
    reader = spark.read.schema(SCHEMA).option("timestampNTZFormat", "yyyy-MM-dd HH:mm:ss")
    rows = reader.csv(options.csv, header=True)
    if options.parquet:
        rows.write.parquet(options.parquet)
    if options.table:
        spark.sql(
            f"CREATE TABLE {options.table} ({SCHEMA}) USING iceberg PARTITIONED BY (months(InvoiceDate)) "
            "TBLPROPERTIES ('write.distribution-mode' = 'hash')"
        )
        rows.writeTo(options.table).append()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
