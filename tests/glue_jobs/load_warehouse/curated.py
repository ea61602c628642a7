"""Batches in curate's form, beside an empty warehouse, and the job over both."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commerce import columns
from commerce.batches.paths import staged_key, warehouse_prefix
from commerce.batches.records import Manifest, Outcome, Sum, Taken
from commerce.lines import OrderLine
from glue_jobs.load_warehouse import job
from glue_jobs.load_warehouse.job import LoadWarehouse
from glue_jobs.staging import LineFile, sum_of
from stores.s3.batches import Batches
from tests.redshift import Redshift
from tests.spark import Lake
from tests.warehouse.handover import a_warehouse
from warehouse import loading

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Curated:
    """A lake bucket whose batches are loaded into a separate warehouse."""

    def __init__(self, spark: "SparkSession", lake: Lake, redshift: Redshift, folder: Path) -> None:
        self.spark = spark
        self.lake = lake
        self.redshift = redshift
        self.folder = folder
        self.sums: dict[str, Sum] = {}
        self.warehouse = a_warehouse(redshift)
        self.batches = Batches(lake.s3, lake.bucket)

    def curate(self, batch: str, files: Sequence[Sequence[OrderLine]], stream: Sequence[OrderLine] = ()) -> Manifest:
        """A batch: an object of staged lines a file, one of the stream's, and a manifest."""
        staged = tuple(self._stage(staged_key(batch, "incoming", n), rows) for n, rows in enumerate(files))
        streamed = (self._stage(staged_key(batch, "stream", 0), stream),) if stream else ()
        taken = tuple(Taken(f"incoming/{n}.csv", "e", len(rows), len(rows), 0) for n, rows in enumerate(files))
        raw = (Taken("raw/order-lines/x.jsonl.gz", "e", len(stream), len(stream), 0),) if stream else ()
        sums = {key: self.sums[key] for key in (*staged, *streamed)}
        manifest = Manifest(batch, 1, 1, Outcome(taken, raw, staged, streamed, (), sums))
        self.batches.put_manifest(manifest)
        return manifest

    def _stage(self, key: str, lines: Sequence[OrderLine]) -> str:
        with LineFile(self.folder / "lines.parquet") as file:
            for line in lines:
                file.add(line)
        self.lake.s3.upload_file(str(file.path), self.lake.bucket, key)
        self.sums[key] = sum_of(file.path, file.lines)
        return key

    def arguments(self) -> list[str]:
        """The job's arguments, as Glue passes them."""
        place = ["--workgroup", self.redshift.workgroup, "--database", self.redshift.database]
        return ["--lake-bucket", self.lake.bucket, "--JOB_NAME", "l", *place]

    def job(self) -> LoadWarehouse:
        """One run of the job."""
        return LoadWarehouse(self.spark, self.lake.bucket, self.warehouse)

    def main(self, *options: str) -> int:
        """Run the job by its entry point."""
        return job.main([*self.arguments(), *options])

    def lines(self) -> list[OrderLine]:
        """All lines of the warehouse, by LineId."""
        found = self.warehouse.query(f"SELECT {', '.join(columns.NAMES)} FROM order_lines ORDER BY LineId").rows
        return [columns.line(*row) for row in found]

    def ledger(self) -> list[tuple[Any, ...]]:
        """Batch, lines staged, lines, lines added, by batch."""
        return sorted(self.warehouse.query(loading.loaded()).rows)

    def handed_over(self, batch: str) -> dict[str, bytes]:
        """The objects under the batch's keys for the warehouse."""
        listed = self.lake.s3.list_objects_v2(Bucket=self.lake.bucket, Prefix=warehouse_prefix(batch))
        keys = [it["Key"] for it in listed.get("Contents", [])]
        return {key: self.lake.s3.get_object(Bucket=self.lake.bucket, Key=key)["Body"].read() for key in keys}
