"""The whole reconciliation: reads the files, waits, reads every other hop as it streams by, and judges."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from commerce.documents import Entry
from commerce.paths import RawKey
from commerce.selection import Selection
from operations.reconcile import incoming, judge, lake, redshift, rows, streaming, tables
from operations.reconcile.bucket import Bucket
from operations.reconcile.files import FilesHeld, held
from operations.reconcile.judge import BY_DEFAULT, DYNAMODB, LAKE, LATER, REDSHIFT, S3, TOPIC, Judged
from operations.reconcile.lines import LineSet
from operations.reconcile.scope import Scope, scope_of
from operations.reconcile.stream import Stream
from operations.reconcile.streaming import Archive, Bounds
from operations.reconcile.topic import Topic
from operations.reconcile.verdict import Verdict
from operations.reconcile.waiting import Settled, settled
from stores.ledger import Ledger, Row
from stores.retries import CLIENT
from stores.target import Target

Say = Callable[[str], None]


class ReadBucket(streaming.Archived, Protocol):
    """The lake bucket: see `operations.reconcile.bucket.Bucket`."""

    def raw_keys(self) -> list[RawKey]:
        """The keys of the topic's raw objects."""

    def absent(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys under which nothing lies."""


class ReadLedger(Protocol):
    """The raw archive's ledger: see `stores.ledger.Ledger`."""

    def rows(self, topic: str) -> list[Row]:
        """Every row of the topic."""


@dataclass(frozen=True)
class Sources:
    """The stores that are read."""

    name: str
    topic: streaming.Published
    bucket: ReadBucket
    ledger: ReadLedger
    tables: tables.ReadTables
    incoming: incoming.ReadIncoming
    lake: rows.ReadRows
    warehouse: rows.ReadRows


def reconcile(
    entries: Iterable[Entry], selection: Selection, target: Target, hops: Collection[str] | None, wait_seconds: float,
    say: Say,
) -> Verdict:  # fmt: skip
    """The verdict on what `target` holds of the selected rows; `say` is told how it goes on.

    Where no hops are named, all are judged that have been filled here. The consumer groups are waited for unless
    `wait_seconds` is 0.
    """
    began = monotonic()
    files = held(entries, selection)
    say(f"csv: {files.lines.counts.rows + files.rejected:,} rows read")
    ledger = Ledger(target.client("dynamodb", config=CLIENT), target.offsets_table, target.cluster)
    with Topic(target) as topic:
        waited: Settled | None = None
        dropped, warehouse = incoming.Incoming(target), redshift.Redshift(target)
        named = hops if hops is not None else BY_DEFAULT + _filled(dropped, warehouse)
        if TOPIC in named or (wait_seconds and {S3, DYNAMODB} & set(named)):
            groups = [target.raw_archive_group, target.order_tables_group]
            waited = settled(topic, groups, wait_seconds, say)
        tables_held = lake.Lake(target), warehouse
        sources = Sources(target.topic, topic, Bucket(target), ledger, tables.Store(target), dropped, *tables_held)
        verdict = judged(files, selection, sources, waited.bounds if waited else {}, named, say)
    if hops is None:
        verdict.facts["left_out"] = [name for name in LATER if name not in named]
    verdict.facts.update(lag=waited.lag if waited else None, seconds=round(monotonic() - began, 1))
    return verdict


def judged(
    files: FilesHeld, selection: Selection, sources: Sources, bounds: Bounds, hops: Collection[str], say: Say
) -> Verdict:
    """The verdict on what the sources hold; `bounds` are the topic's, as far as it is to be read.

    The hops are read one after the other, so that only the files' lines and those of one or two hops are in memory.
    """
    scope = scope_of(selection, files.days, files.lines)
    so_far, facts = Judged([judge.files_hop(files)], []), _facts(files)
    if TOPIC in hops or S3 in hops:
        stream = Stream(sources.name, scope)
        archive = _read_stream(stream, sources, bounds, hops, say)
        absent = sources.bucket.absent(sorted(stream.unquarantined))
        facts |= _stream_facts(stream, archive)
        taken = _taken(sources.incoming, scope)
        so_far += judge.judge_stream(files, stream, archive, absent, topic=TOPIC in hops, incoming=taken)
        facts["incoming"] = sum(lines.counts.lines for lines in taken)
    if DYNAMODB in hops:
        so_far += judge.judge_tables(files, *tables.read(sources.tables, scope, files.invoices, say))
    for name, table in ((LAKE, sources.lake), (REDSHIFT, sources.warehouse)):
        if name in hops:
            so_far += judge.judge_rows(name, files, rows.read(name, table, scope, say))
    return Verdict(so_far.hops, so_far.rules, facts)


def _filled(dropped: incoming.Incoming, warehouse: redshift.Redshift) -> tuple[str, ...]:
    """The hops that a batch has been loaded into. Without any in the lake, the warehouse is not woken to be asked."""
    if dropped.is_empty():
        return ()
    return (LAKE,) if warehouse.is_empty() else (LAKE, REDSHIFT)


def _taken(dropped: incoming.ReadIncoming, scope: Scope) -> list[LineSet]:
    """What curate took from dropped files of the scope; nothing where it has taken nothing."""
    return [] if dropped.is_empty() else [incoming.taken(dropped.lines(), scope)]


def _read_stream(stream: Stream, sources: Sources, bounds: Bounds, hops: Collection[str], say: Say) -> Archive | None:
    if S3 not in hops:
        streaming.read_topic(stream, sources.topic, bounds)
        return None
    # the ledger before the objects: so it cannot be ahead of them
    rows = sources.ledger.rows(sources.name)
    keys = sources.bucket.raw_keys()
    if TOPIC not in hops:
        return streaming.read_raw(stream, sources.bucket, keys)
    return streaming.read_both(stream, sources.topic, bounds, sources.bucket, keys, rows, say)


def _facts(files: FilesHeld) -> dict[str, Any]:
    first, last = (str(min(files.days)), str(max(files.days))) if files.days else (None, None)
    scope = {"days": len(files.days), "first_day": first, "last_day": last}
    return {"scope": scope, "lines_in_several_files": files.lines.counts.repeated, "lag": None}


def _stream_facts(stream: Stream, archive: Archive | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"expired": stream.expired_messages}
    if archive is not None:
        gaps = [str(gap) for gap in archive.gaps]
        facts["raw"] = {"epoch": archive.epoch, "objects": archive.objects, "gaps": gaps}
    return facts
