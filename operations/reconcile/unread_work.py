"""Reads the work that consumers and jobs of a target have not done yet."""

import zlib
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from commerce import raw
from commerce.batches.records import Input
from commerce.errors import UnreadableDocument
from commerce.files.documents import order_lines
from commerce.lines import OrderLine
from commerce.paths import parse_raw_key
from commerce.raw import RawLine
from operations.bucket import Bucket
from operations.reconcile.hops.incoming import TABLES, WAREHOUSE, Incoming
from operations.reconcile.verdict import Step
from operations.reconcile.waiting import Settled
from operations.topic import Topic
from stores.target import Target

_JOBS: Final = ("curate", "load_tables", "load_warehouse")


class Pending:
    """A target's unread messages, untaken inputs and unloaded batches; raises `StoreUnreachable`.

    `settle` says how far the consumer groups have come; None where the brokers cannot be asked. What a job has taken
    and loaded is as it was when this was made, before a store was read: a job that runs while the stores are read may
    fill one behind the reader's back, and what the reader missed there must not count as lost.
    """

    def __init__(
        self, target: Target, topic: Topic, settle: Callable[[], Settled | None], incoming: Incoming,
        bucket: Bucket, loaded_by_redshift: Collection[str] = (), lost_by_redshift: Callable[[], int] = lambda: 0,
    ) -> None:  # fmt: skip
        """`loaded_by_redshift` are the batches in the warehouse's own ledger, which may hold more than the bucket's.

        `lost_by_redshift` counts the rows that the warehouse has lost.
        """
        self._lost_by_redshift = lost_by_redshift
        self._target = target
        self._topic = topic
        self._settle = settle
        self._incoming = incoming
        self._bucket = bucket
        with incoming.reading():
            self._made = incoming.batches.ids()
            loaded = {store: incoming.batches.loaded(store) for store in (TABLES, WAREHOUSE)}
        self._loaded = loaded | {WAREHOUSE: loaded[WAREHOUSE] | set(loaded_by_redshift)}

    @cached_property
    def _settled(self) -> Settled | None:
        return self._settle()

    def archive_step(self) -> Step:
        """The step of the raw archive's consumer: read on."""
        return Step(0, f"the consumer {self._target.raw_archive_group} has read on")

    def tables_step(self) -> Step:
        """The step of the order tables' consumer: read on."""
        return Step(0, f"the consumer {self._target.order_tables_group} has read on")

    def job_step(self, job: str) -> Step:
        """The step of this job: run."""
        command = f"`tillstream job {job}`" if self._target.is_laptop else f"the Glue job {job}"
        return Step(1 + _JOBS.index(job), f"{command} has run")

    def unread_by_archive(self) -> Iterator[RawLine]:
        """The messages that the raw archive's group has not committed."""
        return self._unread(self._target.raw_archive_group)

    def unread_by_tables(self) -> Iterator[RawLine]:
        """The messages that the order tables' group has not committed."""
        return self._unread(self._target.order_tables_group)

    def published_since(self) -> Iterator[RawLine]:
        """The messages that were published since the reconciliation began."""
        for partition, (_, end) in (self._settled.bounds if self._settled else {}).items():
            yield from self._topic.read(partition, end, self._topic.bounds(partition)[1])

    def untaken_objects(self) -> Iterator[RawLine]:
        """The messages of the raw objects that curate has not taken."""
        with self._incoming.reading():
            found = self._incoming.batches.raw_objects(self._target.topic)
        keys = [key for it in self._untaken(found) if (key := parse_raw_key(it.key))]
        for fetched in self._bucket.fetched(keys):
            try:
                yield from list(raw.lines(fetched.body))
            except (OSError, EOFError, zlib.error, msgspec.DecodeError, ValueError):
                continue  # the rule s3-objects tells of it

    def untaken_files(self) -> Iterator[OrderLine]:
        """The lines of the files in `incoming/` that curate has not taken; a file that it will refuse has none."""
        with self._incoming.reading():
            found = self._incoming.batches.incoming()
        for file in self._untaken(found):
            yield from self._dropped(file)

    def unloaded(self, store: str) -> Iterator[OrderLine]:
        """The lines of the batches that the job of this store (`tables` or `warehouse`) has not loaded."""
        batches = self._incoming.batches
        with self._incoming.reading():
            left = [batches.manifest(batch).outcome for batch in batches.ids() if batch not in self._loaded[store]]
        for outcome in left:
            stream = () if store == TABLES else outcome.staged_stream
            yield from self._incoming.staged((*outcome.staged_files, *stream))

    def lost_by_redshift(self) -> int:
        """The number of rows that the warehouse lost: those its ledger's batches added, less those in the table."""
        return self._lost_by_redshift()

    def _unread(self, group: str) -> Iterator[RawLine]:
        if self._settled is None or not self._settled.lag.get(group):
            return
        for partition, first in self._settled.unread_from(group).items():
            yield from self._topic.read(partition, first, self._settled.bounds[partition][1])

    def _untaken(self, found: list[Input]) -> list[Input]:
        return [it for it in found if it.identity not in self._taken]

    @cached_property
    def _taken(self) -> set[tuple[str, str]]:
        with self._incoming.reading():
            return self._incoming.batches.taken(self._made)

    def _dropped(self, file: Input) -> Iterator[OrderLine]:
        """The lines of a dropped file, read as curate does: all of them, or none."""
        with TemporaryDirectory() as folder:
            document = Path(folder) / "document"
            with self._incoming.reading():
                if not self._incoming.transfers.fetch(file, document):
                    return
            try:
                for _ in _lines(file.key, document):
                    pass
            except UnreadableDocument:
                return
            yield from _lines(file.key, document)


def _lines(name: str, document: Path) -> Iterator[OrderLine]:
    with document.open("rb") as rows:
        yield from (entry.line for entry in order_lines(name, rows) if entry.line is not None)
