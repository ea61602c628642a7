"""The edge of load_tables: writes every batch that the tables' ledger lacks to DynamoDB, oldest first, at a set rate.

    spark-submit glue_jobs/load_tables/job.py --lake-bucket B --invoices-table I --customers-table C \\
        --items-per-second 1000

Lines are put and summaries offered as order_tables does it, so a load that was cut off is simply done again. Lines that
came by the stream are in the tables already; `--all` writes them too, and keeps a ledger of its own. At its end a run
looks up some of what the ledger says is loaded, and fails where it is gone; `--again` loads every batch again.

With `--export NAME` it writes the items of every batch to the bucket and none to the tables, for DynamoDB's own bulk
load of empty tables (`tillstream fill`).
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

import msgspec
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  # as everybody calls it

from commerce.batches.records import Export, Manifest, Sum
from commerce.metrics import LINES_LOADED
from glue_jobs import arguments
from glue_jobs.load_tables import exporting
from glue_jobs.load_tables.looking_up import check
from glue_jobs.load_tables.pace import pace
from glue_jobs.load_tables.samples import Sampled, smallest
from glue_jobs.load_tables.tasks import REPORT, load
from glue_jobs.measuring import measured
from glue_jobs.staged import most_tasks, staged_lines, told_by_the_driver
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.objects import Lake
from stores.s3.transfers import patient, s3

LEDGER = "tables"
LEDGER_OF_ALL = "tables-all"


def main(argv: list[str]) -> int:
    """Run the job; Glue's own arguments are accepted beside its own; exits with 2 if one is wrong."""
    parser = argparse.ArgumentParser("load_tables", allow_abbrev=False)
    parser.add_argument("--lake-bucket", required=True)
    parser.add_argument("--invoices-table", required=True)
    parser.add_argument("--customers-table", required=True)
    parser.add_argument("--items-per-second", required=True, type=_rate)
    arguments.add_switch(parser, "--all", "write the lines that came by the stream too")
    arguments.add_switch(parser, "--again", "load every batch again, whatever the ledger says")
    parser.add_argument("--export", metavar="NAME", help="write the items to the bucket under this name instead")
    options = arguments.parse(parser, argv)
    with measured(options.JOB_NAME) as values:
        spark = SparkSession.builder.getOrCreate()
        tables = options.invoices_table, options.customers_table
        job = LoadTables(spark, options.lake_bucket, *tables, options.items_per_second, everything=options.all)
        if options.export:
            job.export(options.export)
        else:
            values[LINES_LOADED] = sum(record["lines"] for record in job.run(again=options.again))
    return 0


_decode_samples: Final = msgspec.json.Decoder(list[Sampled]).decode


class LoadTables:
    """One run of the job."""

    def __init__(
        self, spark: SparkSession, bucket: str, invoices: str, customers: str, items_per_second: float, *,
        everything: bool = False,
    ) -> None:  # fmt: skip
        self._spark = spark
        self._bucket = bucket
        self._tables = invoices, customers
        self._rate = items_per_second
        self._everything = everything
        self._batches = Batches(s3(), bucket, patient())
        self._erased = erasures.line_ids(Lake(s3(), bucket, patient()))

    def run(self, *, again: bool = False) -> list[dict[str, Any]]:
        """Load the batches that are not loaded, or with `again` all; returns the log record of each batch.

        Raises `RowsLost`, once all is loaded, where the tables lack what the ledger says is loaded.
        """
        ledger = LEDGER_OF_ALL if self._everything else LEDGER
        done = []
        # asked for once: a list of a year of hourly batches takes most of a second
        loaded = self._batches.loaded(ledger)
        for manifest in self._batches.manifests() if again else self._batches.to_load(loaded):
            entry = self.load(manifest)
            for store in (LEDGER, LEDGER_OF_ALL) if self._everything else (LEDGER,):
                self._batches.put_loaded(store, manifest.batch, entry)
            record = {name: value for name, value in entry.items() if name != "sample"}
            print(json.dumps(record), flush=True)
            done.append(record)
            loaded.add(manifest.batch)
        check(self._batches, ledger, loaded, *self._tables, self._erased)
        return done

    def load(self, manifest: Manifest) -> dict[str, Any]:
        """Write all of a batch's lines; returns the batch's entry for the ledger."""
        began = time.monotonic()
        keys = manifest.outcome.staged_files + (manifest.outcome.staged_stream if self._everything else ())
        reports = self._written(keys, manifest.outcome.sums) if keys else []
        samples = [_decode_samples(report["sample"]) for report in reports]
        return {
            "batch": manifest.batch,
            "lines": sum(report["lines"] for report in reports),
            "invoices": sum(report["invoices"] for report in reports),
            "seconds": round(time.monotonic() - began, 1),
            "writing_seconds": round(max((report["seconds"] for report in reports), default=0.0), 1),
            "sample": smallest(chain(*samples)),
        }

    def export(self, name: str) -> Export:
        """Write the items of all batches to the bucket under this name; returns the record of it."""
        manifests = list(self._batches.manifests())
        keys = [key for it in manifests for key in (*it.outcome.staged_files, *it.outcome.staged_stream)]
        sums = {key: found for it in manifests for key, found in it.outcome.sums.items()}
        bucket = self._bucket

        def write(batches: Iterable[Any]) -> Iterator[Any]:
            return exporting.export(batches, bucket, name)

        reports: list[Any] = []
        if keys:
            lines = in_order(staged_lines(self._spark, bucket, keys, sums, self._erased), most_tasks(self._spark))
            with told_by_the_driver():
                reports = lines.mapInArrow(write, exporting.REPORT).collect()
        samples = [_decode_samples(report["sample"]) for report in reports]
        done = Export(
            export=name,
            batches=tuple(it.batch for it in manifests),
            lines=sum(report["lines"] for report in reports),
            summaries=sum(report["summaries"] for report in reports),
            bytes=sum(report["bytes"] for report in reports),
            sample=tuple(msgspec.Raw(msgspec.json.encode(it)) for it in smallest(chain(*samples))),
        )
        self._batches.put_export(done)
        record = {"export": name, "lines": done.lines, "summaries": done.summaries, "bytes": done.bytes}
        print(json.dumps(record), flush=True)
        return done

    def _written(self, keys: tuple[str, ...], sums: Mapping[str, Sum]) -> list[Any]:
        """Write the lines of these staged objects; returns each task's report."""
        (invoices, customers), at = self._tables, pace(self._rate, slots(self._spark))

        def write(batches: Iterable[Any]) -> Iterator[Any]:
            return load(batches, invoices, customers, at)

        lines = staged_lines(self._spark, self._bucket, keys, sums, self._erased)
        with told_by_the_driver():
            return in_order(lines, at.tasks).mapInArrow(write, REPORT).collect()


def in_order(lines: DataFrame, tasks: int) -> DataFrame:
    """The lines in one partition a task: invoices whole, in random order, and each one's lines by LineId."""
    return lines.repartition(tasks, "InvoiceNo").sortWithinPartitions(F.xxhash64("InvoiceNo"), "InvoiceNo", "LineId")


def slots(spark: SparkSession) -> int:
    """The number of tasks that can run at once, now.

    A load never uses more, so the rate holds if executors are added.
    """
    context: Any = spark.sparkContext._jsc.sc()  # Python has no name for it
    return int(context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile()))


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of items above 0, not {text}")
    return rate


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
