"""The edge inside Spark's workers: downloads a task's inputs, stages their lines, quarantines what is not a line.

A module of its own, since workers import what they run, and `job` cannot be imported as a module there. What a task
writes is named by its inputs and says only what they hold: done twice, it is the same.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from commerce.batches.paths import staged_key
from commerce.batches.records import Input, Taken
from commerce.erasures import NOTHING
from commerce.errors import UnreadableDocument
from commerce.paths import bulk_quarantine_key
from commerce.quarantine import Quarantined, RefusedRow
from commerce.row_ids import message_ids
from glue_jobs.curate import planning, reading
from glue_jobs.curate.planning import Done, Task
from glue_jobs.staging import LineFile, sum_of
from stores.metrics import Log
from stores.s3.objects import Lake
from stores.s3.transfers import Transfers, patient, s3

LOG: Final = Log({})
"""The worker's log; the run's own records are the driver's."""

MOST_NAMED: Final = 20
"""Refused rows of a file that the log names at most: all of them are in quarantine."""


def read(task: Task, bucket: str, topic: str, erased: Collection[str] = NOTHING) -> Done:
    """Read a task's inputs, stage their lines but for the `erased` ones, and quarantine refused rows."""
    of_source = read_files if task.source == planning.INCOMING else read_objects
    with TemporaryDirectory() as folder:
        return of_source(task, bucket, topic, Path(folder), erased)


def read_files(task: Task, bucket: str, topic: str, folder: Path, erased: Collection[str]) -> Done:
    """Read some dropped files: of each all lines are staged, or none.

    A file that cannot be read may have passed on lines before: the others are read again then, without it.
    """
    transfers = Transfers(s3(), bucket, patient())
    taken: dict[Input, Taken | None] = {}
    unreadable: set[Input] = set()
    lines_of_unreadable = True
    while lines_of_unreadable:
        lines_of_unreadable = False
        with LineFile(folder / "lines.parquet") as lines:
            for file in (it for it in task.inputs if it not in unreadable):
                before = lines.added
                found = taken[file] = read_file(file, folder, lines, transfers, erased, quiet=file in taken)
                if found and found.quarantined:
                    unreadable.add(file)
                    lines_of_unreadable |= lines.added > before
    return staged(task, tuple(it for it in map(taken.get, task.inputs) if it), lines, transfers)


def read_file(
    file: Input, folder: Path, lines: LineFile, transfers: Transfers, erased: Collection[str], *, quiet: bool = False
) -> Taken | None:
    """Read one dropped file; None if it was replaced or deleted. If `quiet`, the log names no refused row."""
    document, refused = folder / "document", folder / "refused.jsonl"
    if not transfers.fetch(file, document):
        return None

    named = MOST_NAMED if quiet else 0

    def refuse(row: RefusedRow, ids: Mapping[str, Any]) -> None:
        nonlocal named
        bad.write(row.line)
        if (named := named + 1) <= MOST_NAMED:
            LOG(refused_row=row.Line, file=row.File, **ids, reasons=[it.without_value for it in row.Reasons])

    try:
        with document.open("rb") as rows, refused.open("wb") as bad:
            taken = reading.read_file(file, rows, lines.add, refuse, erased)
    except UnreadableDocument as error:
        taken, reason = reading.quarantined(file, error)
        refused.write_bytes(reason.line)
    if refused.stat().st_size:
        transfers.upload(refused, bulk_quarantine_key(file.key, file.etag))
    return taken


def read_objects(task: Task, bucket: str, topic: str, folder: Path, erased: Collection[str]) -> Done:
    """Read some raw objects; a message that is not an order line is quarantined as order_tables does it."""
    retries = patient()
    transfers, lake = Transfers(s3(), bucket, retries), Lake(s3(), bucket, retries)
    taken = []
    with LineFile(folder / "lines.parquet") as lines:
        for found in task.inputs:
            if not transfers.fetch(found, folder / "object"):
                continue
            rows = accepted = refused = 0
            for message in reading.messages(topic, (folder / "object").read_bytes()):
                rows += 1
                if isinstance(message, Quarantined):
                    refused += 1
                    is_new, reasons = lake.quarantine(message), [it.without_value for it in message.Reasons]
                    LOG(quarantined=message.key, **message_ids(message.Payload), put=is_new, reasons=reasons)
                elif message is not None and message.LineId not in erased:
                    accepted += 1
                    lines.add(message)
            taken.append(Taken(found.key, found.etag, rows, accepted, refused))
    return staged(task, tuple(taken), lines, transfers)


def staged(task: Task, taken: tuple[Taken, ...], lines: LineFile, transfers: Transfers) -> Done:
    """Stage the task's lines, if any, under the key that the batch's commit reads."""
    key = staged_key(task.batch, task.source, task.number) if lines.lines else None
    recorded = None
    if key:
        recorded = sum_of(lines.path, lines.lines)
        transfers.upload(lines.path, key)
    return Done(task.source, task.number, taken, key, tuple(sorted(lines.months)), recorded)
