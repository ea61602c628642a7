"""A batch's lines → the laptop's Redshift by load_warehouse's transaction, beside DuckDB's own import of the files.

The laptop's Redshift is embedded DuckDB, so what DuckDB does by itself with the same Parquet files is the limit: one
INSERT from them into a table of the same columns, by as many threads. Ours also copies the files from S3,
merges by LineId and counts. These figures say what our statements cost, and nothing of Redshift's speed.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

import duckdb

from benchmarks.measure import days
from benchmarks.measure.race import ROUNDS, Entrant, Race, Size, Took
from benchmarks.report.results import Comparison
from commerce.batches.copy_manifest import Part, copy_manifest
from commerce.batches.paths import staged_key, warehouse_key
from commerce.batches.records import Manifest, Outcome, Taken
from commerce.files.documents import order_lines
from glue_jobs.load_warehouse.job import LoadWarehouse
from glue_jobs.load_warehouse.tasks import write
from glue_jobs.staging import LineFile, record_batches
from infra.spark import lake_conf
from local.glue.spark import laptop_conf
from local.parts import s3 as s3_part
from local.parts.ports import free_port
from stores.redshift.warehouse import Warehouse
from stores.s3.batches import Batches
from tests.parts import S3, running
from tests.redshift import Redshift, running_redshift
from tests.spark import job_environment
from warehouse import loading, schema
from warehouse.migrating import migrate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BATCH = "20101201T000000Z-0001"
BUCKET = "lake"
THREADS = 2
"""Threads of the limit: as many as this machine has cores, which is what the laptop's Redshift uses too."""


ROWS: Final[Mapping[Size, int]] = {"gate": 50_000, "bench": 300_000, "full": 5_000_000}


def measure(size: Size) -> Iterator[Comparison]:
    """Compare; each round loads into a warehouse of its own."""
    race = Race("warehouse", f"staged Parquet files → the laptop's Redshift, {ROWS[size]:,} rows")
    port = free_port()  # of all rounds: the job keeps its client of S3
    for number in range(ROUNDS[size]):
        with tempfile.TemporaryDirectory() as name, servers(Path(name), port) as (redshift, spark):
            load = Load(Path(name), redshift, spark, ROWS[size])
            entrants = [
                Entrant("ours: COPY, MERGE, counts", "ours", load.transaction),
                Entrant(f"DuckDB's own import, {THREADS} threads", "limit", load.imported),
            ]
            race.round(number, entrants)
        yield race.comparison


@contextmanager
def servers(folder: Path, port: int) -> Iterator[tuple[Redshift, "SparkSession"]]:
    """S3Proxy, a Redshift that keeps its data in a file, and a Spark as the laptop's jobs have it."""
    from pyspark.sql import SparkSession

    keys = {"access_key_id": "BENCHKEY", "secret_access_key": "bench-secret"}
    of_s3 = folder / "s3"
    with running(s3_part.program(port, of_s3 / "data", of_s3, of_s3 / "log", **keys)):
        s3 = S3(f"http://127.0.0.1:{port}", **keys)
        os.environ.update(job_environment(s3))
        with running_redshift(s3, folder / "warehouse.duckdb") as redshift:
            builder = SparkSession.builder
            for name, value in laptop_conf(lake_conf("s3://lake/lake"), folder / "lake.db", folder).items():
                builder = builder.config(name, value)
            spark = builder.getOrCreate()
            spark.sparkContext.setLogLevel("ERROR")
            yield redshift, spark
            spark.stop()


class Load:
    """One batch of so many lines, staged as curate does it."""

    def __init__(self, folder: Path, redshift: Redshift, spark: "SparkSession", rows: int) -> None:
        self._folder = folder
        self._rows = rows
        self._s3 = redshift.s3
        place = redshift.workgroup, redshift.database, redshift.secret
        self._warehouse = Warehouse(redshift.client, *place, deadline_seconds=3_600)
        self._s3.create_bucket(Bucket=BUCKET)
        self._batches = Batches(self._s3, BUCKET)
        self._job = LoadWarehouse(spark, BUCKET, self._warehouse)
        self._manifest = self._curated(days.write(folder / "csv", rows, "month"))
        migrate(self._warehouse)

    def transaction(self) -> Took:
        """Ours: the statements of one batch, in one transaction."""
        statements = self._job.transaction(self._manifest)
        began = perf_counter()
        self._warehouse.batch(statements, "first")
        seconds = perf_counter() - began
        self._must_hold()
        return Took(self._rows, seconds)

    def _must_hold(self) -> None:
        """Check that the measured load is right."""
        (entry,) = self._warehouse.query(loading.loaded()).rows
        assert entry == (BATCH, self._rows, self._rows, self._rows), entry

    def _curated(self, files: Sequence[Path]) -> Manifest:
        taken, keys, parts = [], [], []
        for number, path in enumerate(files):
            staged = self._folder / "staged.parquet"
            with path.open("rb") as document, LineFile(staged) as lines:
                for entry in order_lines(path.name, document):
                    if entry.line:
                        lines.add(entry.line)
            keys.append(staged_key(BATCH, "incoming", number))
            self._s3.upload_file(str(staged), BUCKET, keys[-1])
            part = self._folder / f"{number:05}.parquet"
            write(record_batches(staged), part)
            key = warehouse_key(BATCH, number)
            self._s3.upload_file(str(part), BUCKET, key)
            parts.append(Part(key, part.stat().st_size, lines.lines))
            taken.append(Taken(f"incoming/{path.name}", "e", lines.lines, lines.lines, 0))
        self._batches.put_copy_manifest(BATCH, copy_manifest(BUCKET, parts))
        return Manifest(BATCH, 1, self._rows, Outcome(tuple(taken), (), tuple(keys), (), ()))

    def imported(self) -> Took:
        """DuckDB's own import of the parts, from files of this machine into a database in a file."""
        parts = self._parts()
        with duckdb.connect(str(self._folder / "limit.duckdb"), config={"threads": THREADS}) as database:
            database.execute("SET enable_progress_bar = false")
            database.execute(_table())
            began = perf_counter()
            database.execute(f"INSERT INTO order_lines SELECT * FROM read_parquet({parts})")
            seconds = perf_counter() - began
            (counted,) = database.execute("SELECT COUNT(*) FROM order_lines").fetchone() or (0,)
        assert counted == self._rows, counted
        return Took(self._rows, seconds)

    def _parts(self) -> list[str]:
        manifest = self._batches.copy_manifest(BATCH)
        assert manifest
        paths = []
        for key in manifest.sizes(BUCKET):
            path = self._folder / Path(key).name
            if not path.exists():
                self._s3.download_file(BUCKET, key, str(path))
            paths.append(str(path))
        return paths


def _table() -> str:
    """The fact table in DuckDB's SQL: without keys and encodings."""
    sql = schema.migrations()[0].statements[0]
    columns = sql[: sql.index("\n)")].splitlines()
    return "\n".join(line.partition(" ENCODE")[0] + ("," if line.endswith(",") else "") for line in columns) + ")"
