"""Dropped files → the lake by curate, beside plain Spark on the same files and settings, as the number of rows grows.

Each round has an empty platform of its own. After curate: a run with nothing new, and a small file of one month merged
into the whole table. Seconds hold the start of Spark.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.measure import days
from benchmarks.measure.laptop import parts
from benchmarks.measure.race import ROUNDS, Entrant, Race, Size, Took
from benchmarks.parts.spark_jobs import job, peer, run
from benchmarks.report.results import Comparison
from local.config import RunConfig
from local.parts.provisioning import client
from stores.s3.incoming import IncomingFolder

ROWS: Final[Mapping[Size, Sequence[int]]] = {
    "gate": (50_000,),
    "bench": (300_000,),
    "full": (500_000, 5_000_000, 20_000_000),
}
SMALL_ROWS: Final = 1_000
FAR_COPY: Final = 900
"""The copy number of the source whose invoice numbers no file has."""


def measure(size: Size) -> Iterator[Comparison]:
    """Compare for each number of rows."""
    for rows in ROWS[size]:
        whole = Race(f"curate-{rows}", f"dropped files → the lake, {rows:,} rows in files of a day")
        later = Race(f"curate-{rows}-later", f"curate over a lake of {rows:,} rows")
        for number in range(ROUNDS[size] if rows < 5_000_000 else 1):
            with tempfile.TemporaryDirectory() as folder, parts() as (config, _):
                _round(number, whole, later, Input(config, Path(folder), rows))
            yield whole.comparison
            yield later.comparison


class Input:
    """The files of one round, in a folder and dropped for curate."""

    def __init__(self, config: RunConfig, folder: Path, rows: int) -> None:
        """Write and drop them."""
        self.config, self.folder, self.rows = config, folder, rows
        self.source = folder / "csv"
        self.files = days.write(self.source, rows)
        drop(config, self.files)

    def curated(self, rows: int, files: int) -> Took:
        """A run of curate that must find so many rows in so many files."""
        found = run(job(self.config, "curate"), self.config)
        if files:
            (said,) = found.said
            counts = said["files"], said["rows"], said["refused"], said["lines_added"]
            assert counts == (files, rows, 0, rows), said
        return Took(max(rows, 1), found.seconds, {"spilled MB": found.spilled_mb})

    def plain(self, **output: str) -> Took:
        """Plain Spark over the same files."""
        found = run(peer(self.config, "plain_spark", csv=str(self.source), **output), self.config)
        return Took(self.rows, found.seconds, {"spilled MB": found.spilled_mb})

    def small(self) -> Took:
        """A small file of the last month, merged into the table."""
        drop(
            self.config, [days.small_file(self.folder / "small.csv", [days.last_day(self.rows)], FAR_COPY, SMALL_ROWS)]
        )
        return self.curated(SMALL_ROWS, 1)


def _round(number: int, whole: Race, later: Race, given: Input) -> None:
    database = job(given.config, "curate").arguments["--table"].rpartition(".")[0]
    entrants = [
        Entrant("ours: checked, identified, merged", "ours", partial(given.curated, given.rows, len(given.files))),
        Entrant("plain Spark: CSV → Parquet on disk", "peer", partial(given.plain, parquet=str(given.folder / "out"))),
        Entrant("plain Spark: CSV → Iceberg on S3", "peer", partial(given.plain, table=f"{database}.plain")),
    ]
    whole.round(number, entrants)
    later.run(Entrant("ours: nothing new", "ours", partial(given.curated, 0, 0)))
    later.run(Entrant(f"ours: {SMALL_ROWS:,} new rows of one month", "ours", given.small))


def drop(config: RunConfig, files: Sequence[Path]) -> None:
    """Put the files where curate finds them."""
    bucket = job(config, "curate").arguments["--lake-bucket"]
    folder = IncomingFolder(client(config, "s3"), bucket)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda file: folder.put(file, f"incoming/{file.name}"), files))
