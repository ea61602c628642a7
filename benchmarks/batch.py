"""Dropped files → the lake by curate, beside plain Spark on the same files and settings, as the number of rows grows.

    python -m benchmarks batch --rows 500000 1500000 5000000 [--files month] [--stages]

Each number of rows has an empty platform of its own. After curate: a run with nothing new, and small files merged into
the whole table: rows of one month, and rows of every month. Seconds hold the start of Spark.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import days
from benchmarks.spark_jobs import Run, job, peer, run, show_stages
from benchmarks.stream import parts
from local.config import RunConfig
from local.parts.provisioning import client
from stores.incoming import IncomingFolder

FAR_COPY = 900
"""The copy number of the source whose invoice numbers no file has."""


def measure(argv: Sequence[str] = ()) -> None:
    """Show a table for each number of rows."""
    parser = argparse.ArgumentParser(prog="benchmarks batch")
    parser.add_argument("--rows", type=int, nargs="+", default=[500_000])
    parser.add_argument("--files", choices=("day", "month"), default="day", help="what one file holds")
    parser.add_argument("--stages", action="store_true", help="say where the time of each run went")
    options = parser.parse_args(argv)
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder, parts() as (config, _):
            Measurement(config, Path(folder), rows, options.stages).measure(options.files)


class Measurement:
    """All runs over one number of rows."""

    def __init__(self, config: RunConfig, folder: Path, rows: int, stages: bool) -> None:
        self._config = config
        self._folder = folder
        self._rows = rows
        self._stages = stages
        self._runs: list[tuple[str, int, Run]] = []

    def measure(self, files_of: str) -> None:
        """Run ours between the limits, then the further runs; show all of them."""
        source = self._folder / "csv"
        files = days.write(source, self._rows, files_of)
        drop(self._config, files)
        plain = self._folder / "parquet"
        self._run("limit: plain Spark, CSV → Parquet, local disk", peer_args={"csv": source, "parquet": plain})
        self._run("ours: curate", files=len(files))
        database = _database(self._config)
        self._run("plain Spark, CSV → Iceberg by month on S3", peer_args={"csv": source, "table": f"{database}.plain"})
        self._run("ours again: nothing new", rows=0)
        end = days.last_day(self._rows)
        every_month = [end - timedelta(n) for n in range(0, (end - days.FIRST_DAY).days, 28)]
        for copy, (months, dates) in enumerate({"one month": [end], "every month": every_month}.items(), FAR_COPY):
            drop(self._config, [days.small_file(self._folder / f"{copy}.csv", dates, copy)])
            self._run(f"ours: 1,000 new rows of {months}", rows=1_000, files=1)
        self._show(f"{self._rows:,} rows in {len(files):,} files of a {files_of}")

    def _run(
        self, name: str, *, rows: int | None = None, files: int | None = None, peer_args: dict[str, Any] | None = None
    ) -> None:
        rows = self._rows if rows is None else rows
        of = peer(self._config, "plain_spark", **{k: str(v) for k, v in peer_args.items()}) if peer_args else None
        found = run(of or job(self._config, "curate"), self._config)
        if files:  # what is measured must be right
            (said,) = found.said
            counts = said["files"], said["rows"], said["refused"], said["lines_added"]
            assert counts == (files, rows, 0, rows), said
        if self._stages:
            show_stages(name, found)
        self._runs.append((name, rows, found))

    def _show(self, title: str) -> None:
        ours = next(found for name, _, found in self._runs if name == "ours: curate")
        table = Table(title=f"{title}; load {os.getloadavg()[0]:.1f}", title_justify="left")
        table.add_column("what")
        columns = "rows/s", "ours is", "s", "CPU s", "driver MB", "JVM MB", "worker MB", "tasks", "spilled MB"
        for heading in columns:
            table.add_column(heading, justify="right")
        for name, rows, found in self._runs:
            whole = rows == self._rows
            table.add_row(
                name,
                f"{rows / found.seconds:,.0f}" if whole else "",
                f"{found.seconds / ours.seconds:.2f} x" if whole and found is not ours else "",
                f"{found.seconds:.1f}",
                f"{found.cpu_seconds:.0f}",
                *(f"{mb:.0f}" for mb in (found.driver_mb, found.jvm_mb, found.worker_mb)),
                f"{found.tasks:,}",
                f"{found.spilled_mb:.0f}",
            )
        Console(width=160).print(table)


def drop(config: RunConfig, files: Sequence[Path]) -> None:
    """Put the files where curate finds them."""
    bucket = job(config, "curate").arguments["--lake-bucket"]
    folder = IncomingFolder(client(config, "s3"), bucket)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda file: folder.put(file, f"incoming/{file.name}"), files))


def _database(config: RunConfig) -> str:
    """The lake's database, with its catalog, as Spark names it."""
    return job(config, "curate").arguments["--table"].rpartition(".")[0]
