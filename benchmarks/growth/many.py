"""A batch among many: the jobs over one small file, after a day, a month, six weeks and a year of hourly batches.

The batches before are only recorded, as their runs would have left them: one raw object each, plan, manifest, folds
and the entries of both loads. Their ids go on from the newest, so a job's next batch follows them.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.growth.batch import loaded
from benchmarks.growth.items import UNLIMITED
from benchmarks.growth.measured import Measured, measured
from benchmarks.measure import days
from benchmarks.measure.laptop import parts, running
from benchmarks.parts.batch import drop
from benchmarks.parts.spark_jobs import job, run
from commerce.batches.records import Input, Manifest, Outcome, Plan, Taken, batch_id
from commerce.paths import RawKey
from local.config import RunConfig
from local.parts.programs import REDSHIFT, python_program
from local.parts.provisioning import client
from local.up import target
from stores.redshift import warehouse
from stores.s3.batches import FOLDED_AT, Batches
from warehouse import loading

COUNTS: Final = (24, 720, 1_000, 8_760)
"""Hourly batches of a day, a month, six weeks and a year."""

SMALL_ROWS: Final = 1_000
AT_ONCE: Final = 16
INSERTED: Final = 500
"""Ledger rows of one INSERT."""


def measure(counts: Iterable[int] = COUNTS) -> Iterator[Measured]:
    """Measure a small batch's jobs after so many batches, in rising order."""
    with tempfile.TemporaryDirectory() as folder, parts() as (config, state):
        config.save(state.config_file)
        with running([python_program(REDSHIFT, state, config.redshift_port)]):
            past = Past(config)
            for _, run_it in _small_batch(config, Path(folder), 0):
                run_it()  # the first run makes the lake's table and the warehouse's
            for number, count in enumerate(sorted(counts), 1):
                past.grow(count)
                for name, run_it in _small_batch(config, Path(folder), number):
                    yield measured(f"{name}, among batches", count, run_it)


def _small_batch(config: RunConfig, folder: Path, number: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Drop a small file, and yield the run of each job that takes it."""
    path = folder / f"small-{number}.csv"
    drop(config, [days.small_file(path, [days.FIRST_DAY], number, SMALL_ROWS)])
    yield "curate", partial(run, job(config, "curate"), config)
    yield "load_tables", partial(loaded, config, "load_tables", SMALL_ROWS, *UNLIMITED)
    yield "load_warehouse", partial(loaded, config, "load_warehouse", SMALL_ROWS)


class Past:
    """The records of batches in the lake bucket and in the warehouse, as jobs of earlier hours would have left them."""

    def __init__(self, config: RunConfig) -> None:
        """`config` is the platform's."""
        found = target(config)
        self._s3, self._bucket = client(config, "s3"), found.lake_bucket
        self._topic = found.topic
        self._batches = Batches(self._s3, self._bucket)
        self._warehouse = warehouse.of(found)

    def grow(self, count: int) -> None:
        """Add batches until there are so many."""
        there = self._batches.ids()
        newest = datetime.strptime(there[-1].partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        added = [batch_id(newest + timedelta(hours=n), n % 0x10000) for n in range(1, count - len(there) + 1)]
        fold = self._batches.fold()
        for some in _in(FOLDED_AT, added):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(self._record, some))
            fold = self._batches.extended(fold)
        for some in _in(INSERTED, added):
            self._enter(some)

    def _record(self, batch: str) -> None:
        """One raw object, and what each job wrote about the batch that took it."""
        day = f"{batch[:4]}-{batch[4:6]}-{batch[6:8]}"
        key = str(RawKey(self._topic, 0, 1, int(batch[:8] + batch[9:15]), day))
        put = self._s3.put_object(Bucket=self._bucket, Key=key, Body=b"", IfNoneMatch="*")
        taken = Taken(key, put["ETag"].strip('"'), 0, 0, 0)
        outcome = Outcome((), (taken,), (), (), ())
        self._batches.put_plan(Plan(batch, (), (Input(*taken.identity),)))
        self._batches.put_outcome(batch, outcome)
        self._batches.put_manifest(Manifest(batch, None, 0, outcome))
        for ledger in ("tables", "tables-all", "warehouse"):
            self._batches.put_loaded(ledger, batch, {"batch": batch, "lines": 0, "sample": []})

    def _enter(self, batches: Sequence[str]) -> None:
        """Enter batches without lines into the warehouse's ledger."""
        rows = ", ".join(f"('{batch}', 0, 0, 0, TIMESTAMP '2010-12-01 00:00:00')" for batch in batches)
        columns = "batch, lines_staged, lines, lines_added, loaded_at"
        self._warehouse.query(f"INSERT INTO {loading.LEDGER} ({columns}) VALUES {rows}")


def _in(size: int, batches: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many batches at a time."""
    for at in range(0, len(batches), size):
        yield batches[at : at + size]
