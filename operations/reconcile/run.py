"""A whole reconciliation: reads the files, waits, reads every other hop as a stream, and judges."""

from collections.abc import Callable, Collection, Iterable
from functools import cache, partial
from time import monotonic
from typing import Any

from commerce.files.documents import Entry
from commerce.quarantined.records import Filter
from commerce.selection import Selection
from console.counts import counted
from operations.asking import READER, patient
from operations.bucket import Bucket
from operations.errors import StoreUnreachable
from operations.quarantine.store import Quarantine
from operations.reconcile import redriven
from operations.reconcile.agreement import agreement, others
from operations.reconcile.deliveries import Stream
from operations.reconcile.due import Awaited
from operations.reconcile.hops import dynamodb, incoming, lake, redshift, rows
from operations.reconcile.hops.csv import FilesHeld, held
from operations.reconcile.hops.names import BY_DEFAULT, CSV, DYNAMODB, LAKE, LATER, REDSHIFT, S3, TOPIC
from operations.reconcile.hops.stream import Archive, read_both, read_raw, read_topic
from operations.reconcile.judge import Judge, Judged, files_hop
from operations.reconcile.lines import LineRef, LineSet
from operations.reconcile.progress import Say
from operations.reconcile.scope import Scope, scope_of
from operations.reconcile.signs import WorkInBatches
from operations.reconcile.sources import Sources
from operations.reconcile.unread_work import Pending
from operations.reconcile.verdict import Hop, Rule, Verdict
from operations.reconcile.waiting import Settled, Stalled, settled
from operations.topic import Topic
from stores.dynamodb.ledger import Ledger
from stores.target import Target

NOT_ASKED = Settled({}, {}, {})
"""The state of topic and groups when no broker was asked: nothing is known."""


def reconcile(
    entries: Iterable[Entry], selection: Selection, target: Target, hops: Collection[str] | None, wait_seconds: float,
    say: Say, *, exact: bool, stalled: Stalled = dict, seen: Topic | None = None,
) -> Verdict:  # fmt: skip
    """The verdict on the selected rows in `target`; `say` receives the progress.

    `stalled` names the groups that are not waited for, since they stand still until an operator decides.

    Where no hops are named, all are judged that have been filled here. The consumer groups are waited for unless
    `wait_seconds` is 0; then the brokers are asked only where the topic is judged, or something is missing. A topic as
    it is `seen` from outside of the brokers' network takes their place, and is not judged itself.
    """
    began = monotonic()
    patience = patient(wait_seconds)
    bucket = Bucket(target, patience)
    erased = bucket.erased()
    files = held(entries, selection, erased)
    say(CSV, f"{counted(files.lines.counts.rows + files.rejected, 'row')} read")
    ledger = Ledger(target.client("dynamodb", config=READER), target.offsets_table, target.cluster, patience)
    store, dropped = dynamodb.Store(target, patience), incoming.Incoming(target, patience)
    warehouse = redshift.Redshift(target)
    groups = [target.raw_archive_group, target.order_tables_group]
    default = tuple(hop for hop in BY_DEFAULT if hop != TOPIC or seen is None)
    with seen or Topic(target, wait_seconds) as topic:
        signs = WorkInBatches(topic, ledger, store, target.order_tables_group)
        ask = cache(lambda limit: settled(topic, groups, limit, partial(say, "waiting"), signs, stalled))
        named = hops if hops is not None else default + _filled(dropped, warehouse)
        waits = TOPIC in named or bool(wait_seconds and {S3, DYNAMODB} & set(named))
        waited = ask(wait_seconds) if waits else NOT_ASKED
        loaded = warehouse.batches() if REDSHIFT in named else ()
        late = partial(_asked_late, ask, say)
        settle = (lambda: waited) if waits else late
        pending = Pending(target, topic, settle, dropped, bucket, loaded, warehouse.lost_rows)
        names = target.topic, target.raw_archive_group, target.order_tables_group
        sources = Sources(
            *names, topic, bucket, ledger, store, dropped, lake.Lake(target), warehouse, pending
        )  # fmt: skip
        scope = scope_of(selection, files.days, files.lines, erased)
        verdict = judged(files, scope, sources, waited, named, say, exact=exact)
        _add_quarantine(verdict, Quarantine(target, patience), files, scope)
    if hops is None:
        verdict.facts["left_out"] = [name for name in LATER if name not in named]
    verdict.facts["stands_still"] = dict(waited.stalled)
    verdict.facts.update(lag=waited.lag if waits else None, seconds=round(monotonic() - began, 1))
    return verdict


def _add_quarantine(verdict: Verdict, quarantine: Quarantine, files: FilesHeld, scope: Scope) -> None:
    """Count the quarantined records, and judge whether the redriven ones arrived."""
    decided, published = quarantine.decided(), quarantine.published()
    records = [record.id for record in quarantine.records(Filter())]
    verdict.facts["quarantine"] = redriven.counts(records, decided, published)
    verdict.rules.extend(redriven.rules(verdict.hops, files.lines, scope, decided, published))


def _asked_late(ask: Callable[[float], Settled], say: Say) -> Settled | None:
    """The groups' progress, read only when something is missing; None if no broker answers.

    A deployed stack's brokers cannot be reached from outside of its VPC.
    """
    try:
        return ask(0)
    except StoreUnreachable as error:
        say("waiting", f"what no consumer has read yet counts as lost: {error}")
        return None


def judged(
    files: FilesHeld, scope: Scope, sources: Sources, waited: Settled, hops: Collection[str], say: Say, *, exact: bool,
) -> Verdict:  # fmt: skip
    """The verdict on the sources; `waited` says how far to read the topic, and how far its groups have read.

    The hops are read one after the other: of each hop's lines a fixed amount is in memory, and the rest in a file.
    """
    awaited = Awaited(sources.pending, sources.name, scope)
    judge = Judge(files, awaited, exact, erasing=bool(scope.erased) and sources.bucket.is_erasing())
    so_far, facts = Judged([files_hop(files)], []), _facts(files)
    taken: list[LineSet] = []
    if TOPIC in hops or S3 in hops:
        stream = Stream(sources.name, scope, waited.unread_from(sources.tables_group))
        archive = _read_stream(stream, sources, waited, hops, say)
        absent = sources.bucket.absent(sorted(stream.unquarantined))
        facts |= _stream_facts(stream, archive)
        taken = _taken(sources.incoming, scope)
        so_far += judge.stream(stream, archive, absent, topic=TOPIC in hops, incoming=taken)
        facts["incoming"] = sum(lines.counts.lines for lines in taken)
    strangers = [line for lines in taken for line in lines.without(files.lines)]
    if DYNAMODB in hops:
        invoices = files.invoices | _invoices(strangers, *(hop.surplus for hop in so_far.hops))
        so_far += judge.tables(
            *dynamodb.read(sources.tables, scope, invoices, files.lines.counts.lines, partial(say, DYNAMODB))
        )
    for name, table in ((LAKE, sources.lake), (REDSHIFT, sources.warehouse)):
        if name in hops:
            so_far += judge.rows(name, rows.read(table, scope, partial(say, name)))
    facts["emptied"] = [hop.name for hop in so_far.hops if hop.name in LATER and _is_emptied(hop, so_far.rules)]
    if not exact:
        came = others(so_far.hops, strangers, complete=_complete(hops, waited))
        rules, facts["other_lines"] = agreement(so_far.hops, came, awaited)
        so_far += Judged([], rules)
    return Verdict(so_far.hops, so_far.rules, facts)


def _is_emptied(hop: Hop, rules: Iterable[Rule]) -> bool:
    """Whether a hop holds nothing of the scope although lines were lost there, and none is still due."""
    of_hop = [rule for rule in rules if rule.hop == hop.name]
    return not hop.rows and any(rule.is_broken for rule in of_hop) and not any(rule.due for rule in of_hop)


def _complete(hops: Collection[str], waited: Settled) -> bool:
    """Whether everything that ever came is known: raw objects were read, or a topic that dropped nothing.

    It is not where the brokers were not asked: what the raw archive has not read is not known then.
    """
    starts = [start for start, _ in waited.bounds.values()]
    return bool(starts) and (S3 in hops or (TOPIC in hops and not any(starts)))


def _invoices(*lines: Iterable[LineRef]) -> frozenset[str]:
    return frozenset(line.invoice_no for some in lines for line in some)


def _filled(dropped: incoming.Incoming, warehouse: redshift.Redshift) -> tuple[str, ...]:
    """The hops that a batch was ever loaded into, even if they are empty now.

    The lake bucket keeps the record of the batches in the lake, and of those in the warehouse. Without any in the lake,
    the warehouse is not woken to be asked.
    """
    if not dropped.filled_lake():
        return ()
    return (LAKE, REDSHIFT) if dropped.filled_warehouse() or not warehouse.is_empty() else (LAKE,)


def _taken(dropped: incoming.Incoming, scope: Scope) -> list[LineSet]:
    """The lines of the scope that curate took from dropped files; empty if it took none."""
    return [] if dropped.is_empty() else [incoming.taken(dropped.lines(), scope)]


def _read_stream(
    stream: Stream, sources: Sources, waited: Settled, hops: Collection[str], say: Callable[[str, str], None]
) -> Archive | None:
    if S3 not in hops:
        read_topic(stream, sources.topic, waited.bounds)
        return None
    # the ledger before the objects: so it cannot be ahead of them
    rows = sources.ledger.rows(sources.name)
    keys = sources.bucket.raw_keys()
    if TOPIC not in hops:
        return read_raw(stream, sources.bucket, keys)
    archived_before = waited.unread_from(sources.archive_group)
    say_both = partial(say, "topic and s3")
    return read_both(
        stream, sources.topic, waited.bounds, sources.bucket, keys, rows, archived_before, say_both
    )  # fmt: skip


def _facts(files: FilesHeld) -> dict[str, Any]:
    first, last = (str(min(files.days)), str(max(files.days))) if files.days else (None, None)
    scope = {"days": len(files.days), "first_day": first, "last_day": last}
    repeated = files.lines.counts.repeated
    return {"scope": scope, "lines_in_several_files": repeated, "erased_rows": files.erased, "lag": None}


def _stream_facts(stream: Stream, archive: Archive | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"expired": stream.expired_messages}
    if archive is not None:
        gaps = [str(gap) for gap in archive.gaps]
        facts["raw"] = {"epoch": archive.epoch, "objects": archive.objects, "gaps": gaps}
    return facts
