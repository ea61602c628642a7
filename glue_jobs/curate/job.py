"""The edge of curate: plans a batch, reads its inputs in Spark's tasks, merges them into the lake in one commit.

    spark-submit glue_jobs/curate/job.py --lake-bucket B --topic order-lines --table lake.tillstream.order_lines

It also deletes the lines of the erasures that were recorded since its last run (ADR 21).

One run at a time. Each step records its result; a run first finishes the batch that another one left. `--again` puts
the lines of every batch into the lake that it lacks, after its table was rolled back, emptied or dropped; staged files
that are missing or damaged are written anew first.
"""

import argparse
import json
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from pyspark.sql import DataFrame, SparkSession

from commerce.batches.records import BATCH_PROPERTY, Fold, Manifest, Outcome, Plan, Restored, batch_id
from commerce.erasures import NOTHING, Erasure
from commerce.metrics import LINES_ADDED, ROWS_READ, ROWS_REFUSED, Values
from commerce.paths import bulk_quarantine_key
from glue_jobs import arguments, lake_table
from glue_jobs.curate import planning
from glue_jobs.curate.merging import new_lines
from glue_jobs.curate.planning import Done, Task
from glue_jobs.curate.restaging import faults, restaged
from glue_jobs.curate.tasks import read
from glue_jobs.measuring import measured
from glue_jobs.staged import most_tasks, staged_lines, told_by_the_driver
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.objects import Lake
from stores.s3.transfers import patient, s3

RESTORED_PROPERTY: Final = "tillstream.restored-batch"
"""The property of a snapshot that put lines of batches back into the lake: the newest of them."""


ERASING: Final = "lake-erasing"
ERASED: Final = "lake-erased"
"""The ledgers of the erasures that were begun in the lake, and of those that were carried out."""

ERASED_VIEW: Final = "erased_lines"


class Erasing(msgspec.Struct, frozen=True):
    """An erasure in the lake: the batch that takes its lines away, and their number."""

    batch: str
    lines: int


_ERASING: Final = msgspec.json.Decoder(Erasing)


def main(argv: list[str]) -> int:
    """Run the job; Glue's own arguments are accepted beside its own; exits with 2 if one is wrong."""
    parser = argparse.ArgumentParser("curate", allow_abbrev=False)
    parser.add_argument("--lake-bucket", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--table", required=True)
    arguments.add_switch(parser, "--again", "put the lines of every batch into the lake that it lacks")
    options = arguments.parse(parser, argv)
    with measured(options.JOB_NAME) as values:
        spark = SparkSession.builder.getOrCreate()
        with told_by_the_driver():
            manifests = Curate(spark, options.lake_bucket, options.topic, options.table).run(again=options.again)
        values |= totals(manifests)
    return 0


class Curate:
    """One run of the job."""

    def __init__(self, spark: SparkSession, bucket: str, topic: str, table: str) -> None:
        self._spark = spark
        self._bucket = bucket
        self._topic = topic
        self._table = table
        self._batches = Batches(s3(), bucket, patient())
        self._lake = Lake(s3(), bucket, patient())
        self._erased = NOTHING

    def run(self, *, again: bool = False) -> list[Manifest]:
        """Finish unfinished batches, process new input, and erase; returns the manifests of the batches.

        With `again` the lines that the lake has lost of any batch are put back afterwards: a batch whose snapshot was
        rolled back before it had a manifest is finished, and restored, by the same run.
        """
        records = erasures.records(self._lake)
        self._erased = frozenset(line_id for it in records for line_id in it.lines)
        self._spark.sql(lake_table.create_table(self._table))
        if change := lake_table.add_columns(self._table, self._spark.table(self._table).columns):
            self._spark.sql(change)
        if again:
            self._restage_all()
        written = self.take()
        for manifest in written:
            print(json.dumps(said(manifest)), flush=True)
        done = self._batches.loaded(ERASED) if records else ()
        for record in records:
            if again or record.id not in done:
                print(json.dumps({"erasure": record.id, "lines_erased": self.erase(record)}), flush=True)
        if again:
            self._restore_all()
        return written

    def _restage_all(self) -> None:
        """Write anew the staged files that are missing or damaged, and record their new sums."""
        manifests = {it.batch: it for it in self._batches.manifests()}
        outcomes = {batch: it.outcome for batch, it in manifests.items()}
        for plan in self._batches.unfinished():
            if outcome := self._batches.outcome(plan.batch):
                outcomes[plan.batch] = outcome
        broken = faults(self._spark, self._bucket, outcomes.values())
        for batch, outcome in outcomes.items():
            if keys := [key for key in (*outcome.staged_files, *outcome.staged_stream) if key in broken]:
                new = restaged(self._batches.plan(batch), outcome, keys, self._read)
                self._batches.put_outcome(batch, new)
                if manifest := manifests.get(batch):
                    self._batches.put_manifest(msgspec.structs.replace(manifest, outcome=new))
                print(json.dumps({"batch": batch, "restaged": {key: broken[key] for key in keys}}), flush=True)

    def _restore_all(self) -> None:
        """Put back the lines that the lake has lost of any batch, and record its count."""
        newest = None
        for some in planning.restored_together(self._batches.manifests()):
            newest = some[-1].batch
            record = {"batches": len(some), "until": newest, "restored": self.restore(some)}
            print(json.dumps(record), flush=True)
        if newest:
            self._spark.catalog.refreshTable(self._table)
            self._batches.put_restored(Restored(newest, self._spark.table(self._table).count()))

    def take(self) -> list[Manifest]:
        """Finish unfinished batches, then take new input; returns the manifests of both."""
        fold = self._batches.fold()
        written = [self.finish(plan) for plan in self._batches.unfinished(fold.batch)]
        if plan := self.plan(self._batches.extended(fold)):
            written.append(self.finish(plan))
        return written

    def plan(self, fold: Fold) -> Plan | None:
        """The stored plan of a new batch; None if there is no new input."""
        batch = self._new_batch(fold.batch)
        taken = {*fold.taken, *self._batches.taken(self._batches.ids(fold.batch))}
        plan = planning.plan(batch, self._batches.incoming(), self._batches.raw_objects(self._topic), taken)
        if not plan.files and not plan.objects:
            return None
        self._batches.put_plan(plan)
        return plan

    def finish(self, plan: Plan) -> Manifest:
        """Carry the plan out, continuing where an earlier run stopped."""
        outcome = self._batches.outcome(plan.batch)
        if outcome is None:
            outcome = self.read(plan)
            self._batches.put_outcome(plan.batch, outcome)
        manifest = self.committed(plan.batch, outcome) or self.commit(plan.batch, outcome)
        self._batches.put_manifest(manifest)
        return manifest

    def read(self, plan: Plan) -> Outcome:
        """Read and stage every input of the plan."""
        return planning.outcome(self._read(planning.tasks(plan)))

    def _read(self, tasks: Sequence[Task]) -> list[Done]:
        """Read and stage the inputs of these tasks."""
        bucket, topic, erased = self._bucket, self._topic, self._erased
        bundles = planning.bundles(tasks, most_tasks(self._spark))
        done = self._spark.sparkContext.parallelize(bundles, len(bundles)).flatMap(
            lambda bundle: [read(task, bucket, topic, erased) for task in bundle]
        )
        return done.collect()

    def erase(self, record: Erasure) -> int:
        """Delete the lines of a record from the lake; returns their number.

        The first time it is a batch that takes lines away. Their number is recorded before they go, since nobody can
        count them afterwards: a run that stops in between is ended by the next.
        """
        begun = record.id in self._batches.loaded(ERASING)
        entry = self._batches.loaded_entry(ERASING, record.id, _ERASING) if begun else self._erasing(record)
        self._erased_view(record)
        self._spark.sql(lake_table.erase(self._table, ERASED_VIEW))
        if record.id not in self._batches.loaded(ERASED):
            if entry.lines:
                [(snapshot, total)] = self._spark.sql(lake_table.newest_snapshot(self._table)).collect()
                self._batches.put_manifest(Manifest(entry.batch, snapshot, -entry.lines, planning.joined(()), total))
            self._batches.put_loaded(ERASED, record.id, entry)
        return entry.lines

    def _erasing(self, record: Erasure) -> Erasing:
        """The stored entry of an erasure that begins now."""
        self._erased_view(record)
        [[lines]] = self._spark.sql(lake_table.erased(self._table, ERASED_VIEW)).collect()
        entry = Erasing(self._new_batch(""), lines)
        self._batches.put_loaded(ERASING, record.id, entry)
        return entry

    def _erased_view(self, record: Erasure) -> None:
        """Give Spark the LineIds of the record as a view."""
        self._spark.catalog.refreshTable(self._table)
        rows = [(line_id,) for line_id in record.lines]
        self._spark.createDataFrame(rows, "LineId string").createOrReplaceTempView(ERASED_VIEW)

    def _new_batch(self, after: str) -> str:
        """An id that sorts behind every batch after this one, planned or made."""
        last = max([*self._batches.plans(after), *self._batches.ids(after)], default=after or None)
        return batch_id(datetime.now(UTC), secrets.randbelow(1 << 16), last)

    def committed(self, batch: str, outcome: Outcome) -> Manifest | None:
        """The manifest of a batch whose snapshot is in the lake already; None if it is not."""
        self._spark.catalog.refreshTable(self._table)
        snapshot = self._spark.sql(lake_table.batch_snapshot(self._table, batch)).first()
        if snapshot is None:
            return None
        return Manifest(batch, snapshot["snapshot_id"], snapshot["lines"], outcome, snapshot["total"])

    def restore(self, manifests: Sequence[Manifest]) -> int:
        """Append the lines of finished batches that the lake lacks, from where they were staged; returns their number.

        All are appended in one snapshot; there is none where nothing is lacking. The manifests stay as they are: the
        lines of their batches are the same.
        """
        new = self._lacking(planning.joined(it.outcome for it in manifests)).persist()
        count = new.count()
        if count:
            self._append(new, RESTORED_PROPERTY, manifests[-1].batch)
        new.unpersist()
        return count

    def commit(self, batch: str, outcome: Outcome) -> Manifest:
        """Append the lines that the lake lacks, in one snapshot that carries the batch's id."""
        if not (outcome.staged_files or outcome.staged_stream):
            return Manifest(batch, None, 0, outcome)
        self._append(self._lacking(outcome), BATCH_PROPERTY, batch)
        manifest = self.committed(batch, outcome)
        if manifest is None:
            raise RuntimeError(f"{self._table} has no snapshot of batch {batch} after its commit")
        return manifest

    def _lacking(self, outcome: Outcome) -> DataFrame:
        """The staged lines that the lake lacks."""
        self._spark.catalog.refreshTable(self._table)
        keys = (*outcome.staged_files, *outcome.staged_stream)
        staged = staged_lines(self._spark, self._bucket, keys, outcome.sums, self._erased)
        return new_lines(staged, self._spark.table(self._table), outcome.months)

    def _append(self, new: DataFrame, name: str, batch: str) -> None:
        """Append these lines in one snapshot with this property."""
        writer = new.writeTo(self._table).option(f"snapshot-property.{name}", batch)
        # Spark takes what came out of an aggregation for nullable; the columns were checked line by line
        writer.option("check-nullability", "false").append()


def said(manifest: Manifest) -> dict[str, Any]:
    """The log record of a batch."""
    outcome = manifest.outcome
    inputs = (*outcome.files, *outcome.objects)
    return {
        "batch": manifest.batch,
        "files": len(outcome.files),
        "objects": len(outcome.objects),
        "rows": sum(it.rows for it in inputs),
        "refused": sum(it.refused for it in inputs),
        # the reason may quote the file, and a log holds no customer's value: it is in quarantine
        "set_aside": {it.key: bulk_quarantine_key(it.key, it.etag) for it in outcome.files if it.quarantined},
        "lines_added": manifest.lines_added,
        "snapshot": manifest.snapshot_id,
    }


def totals(manifests: Sequence[Manifest]) -> Values:
    """The metrics of a run that wrote these manifests; a file that was quarantined whole counts as one refused row."""
    inputs = [it for manifest in manifests for it in (*manifest.outcome.files, *manifest.outcome.objects)]
    return {
        ROWS_READ: sum(it.rows for it in inputs),
        ROWS_REFUSED: sum(it.refused or bool(it.quarantined) for it in inputs),
        LINES_ADDED: sum(manifest.lines_added for manifest in manifests),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
