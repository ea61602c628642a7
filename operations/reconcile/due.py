"""Lines that a store lacks now and will hold once a consumer has read on, or a job has run.

A line that a store lacks is due if one of these holds it, and lost if none does:

    topic, s3   what a consumer has not read yet, and files in incoming/ that curate has not taken
    dynamodb    what order_tables has not read yet, files that curate has not taken, batches that load_tables lacks
    lake        raw objects and files that curate has not taken, what the raw archive has not read yet
    redshift    batches that load_warehouse lacks, and all that is due in the lake

They are read only if something is missing.

Where a line that the topic lacks was published while the reconciliation ran, the files are still being sent: then all
lines that the topic lacks are due, in every store, until no more arrive.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Final

import msgspec

from commerce.identity import line_id
from commerce.lines import OrderLine
from console.counts import counted
from operations.reconcile.deliveries import carried
from operations.reconcile.findings import Findings
from operations.reconcile.hops.incoming import TABLES, WAREHOUSE
from operations.reconcile.hops.names import DYNAMODB, LAKE, REDSHIFT, S3, TOPIC
from operations.reconcile.lines import LineCounter, LineRef, LineSet
from operations.reconcile.scope import Scope
from operations.reconcile.unread_work import Pending
from operations.reconcile.verdict import Due, Step, Steps

_ARRIVING: Final = Step(-1, "no more rows of these files arrive")


class Way(msgspec.Struct, frozen=True):
    """Lines that will come after these steps; `invoices` are theirs, and those of lines outside the scope."""

    steps: Steps
    lines: LineSet
    invoices: frozenset[str]


class Awaited:
    """Splits the lines that a hop lacks into due and lost. Pending work is read when it is first needed."""

    def __init__(self, pending: Pending, topic: str, scope: Scope) -> None:
        self._pending = pending
        self._topic = topic
        self._scope = scope
        self._arriving: frozenset[LineRef] = frozenset()

    @property
    def erased(self) -> Collection[str]:
        """The LineIds that are expected nowhere."""
        return self._scope.erased

    @property
    def archive_step(self) -> Step:
        """The step of the raw archive's consumer: read on."""
        return self._pending.archive_step()

    @property
    def tables_step(self) -> Step:
        """The step of the order tables' consumer: read on."""
        return self._pending.tables_step()

    def missing(self, hop: str, lines: Iterable[LineRef], text: Callable[[LineRef], str]) -> tuple[Findings, Due]:
        """The lost and the due ones of the lines that a hop lacks, each line in these words."""
        left, lost, due = list(lines), Findings(), Due()
        for way in self._ways(hop) if left else ():
            coming = way.lines.of(left)
            if coming:
                due.setdefault(way.steps, Findings()).add_all(text(line) for line in left if line in coming)
                left = [line for line in left if line not in coming]
        if hop == TOPIC and self.published_meanwhile(left):
            self._arriving = frozenset(left)
        if arriving := [line for line in left if line in self._arriving]:
            due.setdefault((_ARRIVING,), Findings()).add_all(map(text, arriving))
            left = [line for line in left if line not in self._arriving]
        lost.add_all(map(text, left))
        # what waits may bring again a line that was loaded and has gone: that it comes again does not undo the loss
        if hop == REDSHIFT and due and (gone := self._pending.lost_by_redshift()):
            lost.add(f"{counted(gone, 'loaded row')} gone: the job load_warehouse with `--again` restores them")
        return lost, due

    def summaries(self, faults: Iterable[tuple[str, str]]) -> tuple[Findings, Due]:
        """The lost and the due of the summaries' faults: an invoice with lines still to come may have none yet."""
        left, wrong, due = list(faults), Findings(), Due()
        for way in self._ways(DYNAMODB) if left else ():
            coming = [text for invoice_no, text in left if invoice_no in way.invoices]
            if coming:
                due.setdefault(way.steps, Findings()).add_all(coming)
                left = [fault for fault in left if fault[0] not in way.invoices]
        wrong.add_all(text for _, text in left)
        return wrong, due

    def published_meanwhile(self, lines: Iterable[LineRef]) -> set[LineRef]:
        """The lines that were published since the reconciliation began."""
        left = set(lines)
        return self._published_since.lines.of(left) if left else set()

    def on_their_way(self, lines: Iterable[LineRef]) -> set[LineRef]:
        """The lines of sources that the readers of the stream and of `incoming/` did not see.

        That is what was published, or taken from a file, since the reconciliation began, and what the raw archive has
        not read.
        """
        left = set(lines)
        return set().union(*(way.lines.of(left) for way in self._unseen())) if left else set()

    def _ways(self, hop: str) -> Iterator[Way]:
        """The sources that bring lines to this hop, one after the other; each is read only when it is needed."""
        job = self._pending.job_step
        load = {DYNAMODB: (job("load_tables"),), REDSHIFT: (job("load_warehouse"),)}.get(hop, ())
        if hop == S3:
            yield self._way((self._pending.archive_step(),), carried(self._topic, self._pending.unread_by_archive()))
        if hop == DYNAMODB:
            yield self._way((self._pending.tables_step(),), carried(self._topic, self._pending.unread_by_tables()))
            yield self._way(load, self._pending.unloaded(TABLES))
        if hop == REDSHIFT:
            yield self._way(load, self._pending.unloaded(WAREHOUSE))
        if hop in (LAKE, REDSHIFT):
            yield self._after(self._objects, load)
        if hop in (TOPIC, S3, DYNAMODB, LAKE, REDSHIFT):
            yield self._after(self._files, load)
        if hop in (LAKE, REDSHIFT):
            yield self._after(self._unarchived, load)

    @staticmethod
    def _after(way: Way, steps: Steps) -> Way:
        return msgspec.structs.replace(way, steps=way.steps + steps)

    @cached_property
    def _objects(self) -> Way:
        return self._way((self._pending.job_step("curate"),), carried(self._topic, self._pending.untaken_objects()))

    @cached_property
    def _files(self) -> Way:
        return self._way((self._pending.job_step("curate"),), self._pending.untaken_files())

    def _unseen(self) -> Iterator[Way]:
        yield self._published_since
        yield self._files
        yield self._unarchived

    @cached_property
    def _published_since(self) -> Way:
        return self._way((), carried(self._topic, self._pending.published_since()))

    @cached_property
    def _unarchived(self) -> Way:
        steps = self._pending.archive_step(), self._pending.job_step("curate")
        return self._way(steps, carried(self._topic, self._pending.unread_by_archive()))

    def _way(self, steps: Steps, lines: Iterable[OrderLine]) -> Way:
        counter, invoices = LineCounter(), set()
        for line in lines:
            invoices.add(line.InvoiceNo)
            if self._scope.covers(line) and line_id(line, line.Occurrence) == line.LineId:
                counter.add(line)
        return Way(steps, counter.settle(), frozenset(invoices))
