"""The edge of load_warehouse: loads every batch that the warehouse's ledger lacks, oldest first, whole or not at all.

    spark-submit glue_jobs/load_warehouse/job.py --lake-bucket B --workgroup W --database D

First the database gets the tables and views that it lacks. A run that stops anywhere is finished by the next: staged
lines are used as they are, and a transaction that still runs is waited for. At its end a run compares the table's rows
with those that the ledger accounts for, and fails where rows were lost; then it publishes the sales extracts, unless
the newest are of these very batches. `--again` empties the ledger first, so that every batch is loaded again, and
writes the files for COPY anew.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession

from commerce.batches.copy_manifest import CopyManifest, Part, copy_manifest
from commerce.batches.paths import copy_manifest_key
from commerce.batches.records import Manifest, Outcome
from commerce.errors import RowsLost
from commerce.extracts import EXTRACTS, Published, body, version
from commerce.metrics import LINES_LOADED
from glue_jobs import arguments
from glue_jobs.load_warehouse.tasks import REPORT, hand_over
from glue_jobs.losses import Loss, batches, remedy
from glue_jobs.measuring import measured
from glue_jobs.staged import staged_lines, told_by_the_driver
from stores.redshift.warehouse import Warehouse, warehouse
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.extracts import Extracts
from stores.s3.objects import Lake
from stores.s3.transfers import patient, s3
from warehouse import erasing, extracts, loading
from warehouse.migrating import migrate, run

LINES_OF_A_PART: Final = 250_000
"""Lines in one object for COPY, some 10 MB: enough objects for the slices to share, and none of them tiny."""

LEDGER: Final = "warehouse"
"""The record of loaded batches in the lake bucket: it survives when the warehouse has lost its own."""

LOOKED_AT: Final = 100
"""The number of newest batches that are searched for the lines that the table lost."""

DEADLINE_SECONDS: Final = 3_600.0
"""Seconds for which one transaction is waited for."""

EXTRACTS_KEPT: Final = timedelta(days=1)
"""How long extracts stay once a newer version has replaced them."""


def main(argv: list[str]) -> int:
    """Run the job; Glue's own arguments are accepted beside its own; exits with 2 if one is wrong."""
    parser = argparse.ArgumentParser("load_warehouse", allow_abbrev=False)
    parser.add_argument("--lake-bucket", required=True)
    parser.add_argument("--workgroup", required=True)
    parser.add_argument("--database", required=True)
    arguments.add_switch(parser, "--again", "load every batch again, whatever the ledger says")
    options = arguments.parse(parser, argv)
    with measured(options.JOB_NAME) as values:
        spark = SparkSession.builder.getOrCreate()
        into = warehouse(options.workgroup, options.database, deadline_seconds=DEADLINE_SECONDS)
        job = LoadWarehouse(spark, options.lake_bucket, into)
        values[LINES_LOADED] = sum(record["lines"] for record in job.run(again=options.again))
    return 0


class LoadWarehouse:
    """One run of the job."""

    def __init__(self, spark: SparkSession, bucket: str, into: Warehouse) -> None:
        self._spark = spark
        self._bucket = bucket
        self._warehouse = into
        self._batches = Batches(s3(), bucket, patient())
        self._extracts = Extracts(s3(), bucket, patient())
        self._erasures = erasures.records(Lake(s3(), bucket, patient()))

    def run(self, *, again: bool = False) -> list[dict[str, Any]]:
        """Load the batches that are not loaded, or with `again` all; returns the ledger's row of each batch.

        Raises `RowsLost`, once all is loaded, where the table holds fewer rows than the ledger accounts for.
        """
        if changes := migrate(self._warehouse):
            print(json.dumps({"schema": changes}), flush=True)
        ids = self._batches.ids()  # asked for once: a list of a year of hourly batches takes most of a second
        if again:
            # before the ledger: a run that is killed is finished by one without `again`, which would take what is there
            self._batches.withdraw_copy_manifests(ids)
            run(self._warehouse, "load-again", loading.forgotten())
        done = []
        loaded = {row[0] for row in self._warehouse.query(loading.loaded()).rows}
        self.note(batch for batch in ids if batch in loaded)
        for batch in ids:
            if batch in loaded:
                continue
            record = self.load(self._batches.manifest(batch))
            self._batches.put_loaded(LEDGER, batch, record)
            print(json.dumps(record | ({"again": True} if again else {})), flush=True)
            done.append(record)
        # behind the loads: a batch may have been staged for COPY before its lines were erased
        self.erase()
        self.check()
        self.publish(again=again)
        return done

    def erase(self) -> None:
        """Delete the lines of the erasures that the ledger lacks, each in one transaction."""
        done = {row[0] for row in self._warehouse.query(loading.loaded()).rows} if self._erasures else ()
        for record in self._erasures:
            for entry, lines in erasing.parts(record.id, record.lines):
                if entry not in done:
                    *_, gone, _ = run(self._warehouse, entry, erasing.statements(entry, lines))
                    print(json.dumps({"erasure": record.id, "lines_erased": gone}), flush=True)

    def check(self) -> None:
        """Raise `RowsLost` if the table holds fewer rows than the ledger's batches added."""
        [(standing, accounted)] = self._warehouse.query(loading.standing()).rows
        if standing < accounted:
            losses = [] if standing == 0 else self.losses()
            raise RowsLost(lost_rows(standing, int(accounted), losses))

    def publish(self, *, again: bool = False) -> None:
        """Publish the sales extracts, unless the newest are of these batches and this definition; with `again`, always.

        Extracts that are neither of this version nor of the one before are deleted a day after they were written.
        """
        before, source = self._extracts.newest(), extracts.source(self._warehouse.query(loading.loaded()).rows)
        if before and before.source == source and not again:
            return
        bodies, rows = {}, {}
        for name in EXTRACTS:  # one at a time: values take much more memory than a body
            found = extracts.read(self._warehouse, name)
            bodies[name], rows[name] = body(found), found.rows
        now = datetime.now(UTC)
        published = Published(version(bodies), source, now, rows)
        self._extracts.publish(published, bodies)
        self._extracts.expire(now - EXTRACTS_KEPT, published.version, *([before.version] if before else []))
        print(json.dumps({"published": published.version, "extracts": published.extracts}), flush=True)

    def losses(self) -> list[Loss]:
        """The newest batches with lines missing in the table, newest first; each is copied and joined with it."""
        found = []
        for batch in reversed(self._batches.ids()[-LOOKED_AT:]):
            ready = self._batches.copy_manifest(batch)
            if ready is None:
                continue
            *_, missing = run(self._warehouse, f"lost-{batch}", loading.lost(self._load(batch, ready)))
            if missing:
                found.append(Loss(batch, missing, ready.lines))
        return found

    def note(self, loaded: Iterable[str]) -> None:
        """Record in the lake bucket that these batches are loaded: a run that stopped early may have left it out."""
        noted = self._batches.loaded(LEDGER)
        for batch in loaded:
            if batch not in noted:
                self._batches.put_loaded(LEDGER, batch, {"batch": batch})

    def load(self, manifest: Manifest) -> dict[str, Any]:
        """Load one batch, continuing where an earlier run stopped."""
        began = time.monotonic()
        run(self._warehouse, f"load-{manifest.batch}", self.transaction(manifest))
        (entry,) = self._warehouse.query(loading.loaded(manifest.batch)).rows
        _, _, lines, added = entry
        seconds = round(time.monotonic() - began, 1)
        return {"batch": manifest.batch, "lines": lines, "lines_added": added, "seconds": seconds}

    def transaction(self, manifest: Manifest) -> tuple[str, ...]:
        """The statements that load the batch; its lines are staged for COPY when this returns."""
        batch, outcome = manifest.batch, manifest.outcome
        if not (outcome.staged_files or outcome.staged_stream):
            return loading.statements_of_nothing(batch)
        ready = self._batches.copy_manifest(batch)
        if ready is None:
            ready = self.hand_over(batch, outcome)
            self._batches.put_copy_manifest(batch, ready)
        return loading.statements(self._load(batch, ready))

    def _load(self, batch: str, ready: CopyManifest) -> loading.Load:
        return loading.Load(batch, self._bucket, copy_manifest_key(batch), ready.lines)

    def hand_over(self, batch: str, outcome: Outcome) -> CopyManifest:
        """Write all accepted lines of the batch for COPY: each LineId once, in files of similar size."""
        bucket = self._bucket

        def write(batches: Iterable[Any]) -> Iterator[Any]:
            return hand_over(batches, batch, bucket)

        erased = [line_id for it in self._erasures for line_id in it.lines]
        keys = (*outcome.staged_files, *outcome.staged_stream)
        lines = staged_lines(self._spark, bucket, keys, outcome.sums, erased)
        with told_by_the_driver():
            written = even(lines, parts(outcome)).mapInArrow(write, REPORT).collect()
        return copy_manifest(bucket, [Part(*row) for row in written])


def lost_rows(standing: int, accounted: int, losses: Sequence[Loss]) -> str:
    """The message of a run that found lost rows; `losses` names the batches, if they were searched."""
    which = (
        batches(losses) if losses else f"no batch of the newest {LOOKED_AT} lacks a line" if standing else "all of them"
    )
    return (
        f"{loading.TABLE} has lost rows: by its ledger {loading.LEDGER} it holds {accounted:,}, and {standing:,} are "
        f"there, {accounted - standing:,} fewer: {which}. {remedy('load_warehouse')}"
    )


def parts(outcome: Outcome) -> int:
    """The number of files for the lines: the same for the same batch."""
    accepted = sum(taken.lines for taken in (*outcome.files, *outcome.objects))
    return max(1, ceil(accepted / LINES_OF_A_PART))


def even(lines: DataFrame, count: int) -> DataFrame:
    """The lines in so many partitions, each LineId once, in the order of the warehouse's sort key.

    LineIds are hashes: by them the partitions are even, and the same whoever makes them, which sampled ranges are not.
    """
    return lines.repartition(count, "LineId").dropDuplicates(["LineId"]).sortWithinPartitions("InvoiceDate", "LineId")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
