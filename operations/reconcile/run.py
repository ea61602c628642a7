"""The whole reconciliation: reads the files, waits, reads every other hop as it streams by, and judges."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from commerce.selection import Selection
from operations.reconcile import judge, tables
from operations.reconcile.bucket import Bucket
from operations.reconcile.files import entries, held
from operations.reconcile.judge import DYNAMODB, S3, TOPIC, Judged
from operations.reconcile.scope import scope_of
from operations.reconcile.stream import Stream
from operations.reconcile.streaming import Archive, read_both, read_raw, read_topic
from operations.reconcile.topic import Topic
from operations.reconcile.verdict import Verdict
from operations.reconcile.waiting import Settled, settled
from stores.ledger import Ledger
from stores.retries import CLIENT
from stores.target import Target

Say = Callable[[str], None]


def reconcile(
    files: Sequence[Path], selection: Selection, target: Target, hops: Collection[str], wait_seconds: float, say: Say
) -> Verdict:
    """The verdict on what `target` holds of the selected rows; `say` is told how it goes on.

    The hops are read one after the other, so that only the files' lines and those of one or two hops are in memory.
    The consumer groups are waited for unless `wait_seconds` is 0.
    """
    began = monotonic()
    rows = held(entries(files), selection)
    say(f"csv: {rows.lines.rows + rows.rejected:,} rows read")
    scope = scope_of(selection, rows.days, rows.lines)
    judged, facts = Judged([judge.files_hop(rows)], []), _facts(rows.days, rows.lines.repeated)
    reads_topic, reads_raw = TOPIC in hops, S3 in hops
    waited = _wait(target, wait_seconds, say) if reads_topic or (wait_seconds and len(hops) > 1) else None
    facts["lag"] = waited.lag if waited else None
    if reads_topic or reads_raw:
        stream, bucket = Stream(target.topic, scope), Bucket(target)
        archive = _read_stream(target, stream, bucket, waited if reads_topic else None, reads_raw, say)
        absent = bucket.absent(sorted(stream.unquarantined))
        facts |= _stream_facts(stream, archive)
        judged += judge.judge_stream(rows, stream, archive, absent, topic=reads_topic)
    if DYNAMODB in hops:
        judged += judge.judge_tables(rows, *tables.read(tables.Store(target), scope, rows.invoices, say))
    return Verdict(judged.hops, judged.rules, facts | {"seconds": round(monotonic() - began, 1)})


def _wait(target: Target, wait_seconds: float, say: Say) -> Settled:
    with Topic(target) as topic:
        return settled(topic, [target.raw_archive_group, target.order_tables_group], wait_seconds, say)


def _read_stream(
    target: Target, stream: Stream, bucket: Bucket, waited: Settled | None, reads_raw: bool, say: Say
) -> Archive | None:
    """Read the topic, if its bounds are known from having waited, and the raw files, if they are to be read."""
    # the ledger before the objects: so it cannot be ahead of them
    rows = Ledger(target.client("dynamodb", config=CLIENT), target.offsets_table, target.cluster).rows(target.topic)
    keys = bucket.raw_keys() if reads_raw else []
    if waited is None:
        return read_raw(stream, bucket, keys)
    with Topic(target) as topic:
        if reads_raw:
            return read_both(stream, topic, waited.bounds, bucket, keys, rows, say)
        read_topic(stream, topic, waited.bounds)
        return None


def _facts(days: Collection[Any], in_several_files: int) -> dict[str, Any]:
    first, last = (min(days), max(days)) if days else (None, None)
    scope = {"days": len(days), "first_day": first and str(first), "last_day": last and str(last)}
    return {"scope": scope, "lines_in_several_files": in_several_files}


def _stream_facts(stream: Stream, archive: Archive | None) -> dict[str, Any]:
    facts: dict[str, Any] = {"expired": stream.expired_messages}
    if archive is not None:
        gaps = [str(gap) for gap in archive.gaps]
        facts["raw"] = {"epoch": archive.epoch, "objects": archive.objects, "gaps": gaps}
    return facts
