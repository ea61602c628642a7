"""Asks how far each store is."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Final

import msgspec

from commerce.batches.paths import loaded_key, manifest_key
from commerce.batches.records import Manifest
from commerce.paths import DEAD_LETTERS, DECISIONS, NEWEST_VERDICT, QUARANTINE, bulk_quarantine_source
from commerce.quarantined.records import count
from commerce.verdicts import PublishedVerdict
from lambdas.browse.pipeline import (
    DELIVERIES,
    LINES,
    Consumer,
    Job,
    NewFile,
    PartitionBounds,
    Pipeline,
    QuarantineCount,
    StoreCount,
    TopicState,
    VerdictLine,
    consumer,
    lines_total,
    unread,
)
from lambdas.browse.platform import Platform
from lambdas.http import NotFound
from stores.dynamodb.ledger import Row
from stores.s3.listing import listed

AT_ONCE: Final = 8
"""Requests that go to S3 together."""

MOST_COUNTED: Final = 1_000
"""Objects of a kind that are counted: one page of S3's list."""

MOST_READ: Final = 24
"""Quarantined objects of files and dead letters that one look reads for their number of records."""

_RECORDS: Final[dict[tuple[str, str], int]] = {}
"""The number of records by key and ETag."""

TABLES, WAREHOUSE = "tables", "warehouse"


def pipeline(platform: Platform) -> Pipeline:
    """The state of the pipeline now."""
    now = datetime.now(UTC)
    topic = _topic(platform)
    rows = platform.ledger.rows(topic.name)
    batches = list(platform.batches.manifests_of(platform.batches.recent()))
    since = batches[0].batch if batches else ""
    loaded = {store: platform.batches.loaded(store, since) for store in (TABLES, WAREHOUSE)}
    return Pipeline(
        now,
        topic,
        _consumers(platform, topic.partitions, now),
        _stores(platform, topic, rows, batches, loaded[WAREHOUSE]),
        _files(platform, topic.name, rows),
        _jobs(platform, batches, loaded),
        _quarantine(platform),
        _verdict(platform),
    )


def _topic(platform: Platform) -> TopicState:
    bounds = [PartitionBounds(it.partition, it.start, it.end) for it in platform.census.bounds()]
    return TopicState(platform.census.topic, sum(it.end for it in bounds), platform.census.newest(), bounds)


def _consumers(platform: Platform, bounds: Sequence[PartitionBounds], now: datetime) -> list[Consumer]:
    members = platform.census.members(platform.groups.values())
    found = []
    for name, group in platform.groups.items():
        first = unread(bounds, platform.census.committed(group))
        oldest = min(filter(None, (_time_of(platform, *place) for place in first.items())), default=None)
        found.append(consumer(name, group, bounds, first, oldest=oldest, members=members[group], now=now))
    return found


def _time_of(platform: Platform, partition: int, offset: int) -> datetime | None:
    """The time of the message at this partition and offset; None if it is gone."""
    for line in platform.reader.read(partition, offset, offset + 1):
        return datetime.fromtimestamp(line.timestamp / 1000, UTC)
    return None


def _stores(
    platform: Platform, topic: TopicState, rows: Sequence[Row], batches: Sequence[Manifest], loaded: set[str]
) -> list[StoreCount]:
    filed = sum(row.position.next_offset for row in rows if row.position)
    in_lake = lines_total(batches)
    waiting = sum(it.lines_added for it in batches if it.batch not in loaded)
    return [
        StoreCount("topic", DELIVERIES, topic.messages),
        StoreCount("s3", DELIVERIES, filed),
        StoreCount("dynamodb", LINES, platform.items()),
        StoreCount("lake", LINES, in_lake),
        StoreCount("warehouse", LINES, None if in_lake is None else in_lake - waiting),
    ]


def _files(platform: Platform, topic: str, rows: Sequence[Row]) -> list[NewFile]:
    def newest(row: Row) -> Any | None:
        return row.position and platform.lake.newest_raw(topic, row.partition, row.position)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [it for it in pool.map(newest, rows) if it]
    files = [NewFile(it["Key"], it["Size"], it["LastModified"]) for it in found]
    return sorted(files, key=lambda it: (it.at, it.key), reverse=True)


def _jobs(platform: Platform, batches: Sequence[Manifest], loaded: Mapping[str, set[str]]) -> list[Job]:
    found = [_job(platform, "curate", [it.batch for it in batches], manifest_key, "lines_added", None)]
    for store, ids in loaded.items():
        waiting = sum(it.batch not in ids for it in batches)
        found.append(_job(platform, f"load_{store}", sorted(ids), partial(loaded_key, store), "lines", waiting))
    return found


def _job(
    platform: Platform, name: str, ids: Sequence[str], key: Callable[[str], str], lines: str, waiting: int | None
) -> Job:  # fmt: skip
    found = platform.lake.dated(key(ids[-1])) if ids else None
    if found is None:
        return Job(name, None, None, None, waiting)
    body, at = found
    return Job(name, ids[-1], at, msgspec.json.decode(body).get(lines), waiting)


def _quarantine(platform: Platform) -> QuarantineCount:
    stream, bulk, letters, decisions = (
        _objects(platform, prefix)
        for prefix in (f"{QUARANTINE}stream/", f"{QUARANTINE}bulk/", DEAD_LETTERS, f"{DECISIONS}made/")
    )
    records, all_read = _records(platform, [*bulk, *letters])
    all_listed = all(len(it) < MOST_COUNTED for it in (stream, bulk, letters, decisions))
    return QuarantineCount(len(stream) + records, len(decisions), all_listed and all_read)


def _objects(platform: Platform, prefix: str) -> list[tuple[str, str]]:
    """Key and ETag of the objects below a prefix, of the first page of S3's list."""
    found = listed(platform.lake.retries, platform.lake.client, platform.lake.bucket, prefix)
    return [(it["Key"], it.get("ETag", "")) for it in islice(found, MOST_COUNTED)]


def _records(platform: Platform, objects: Sequence[tuple[str, str]]) -> tuple[int, bool]:
    """The records in these quarantined objects, and whether all were read; one that is yet to be read counts as one.

    An object never changes: an execution environment reads each once, and some more with every look.
    """
    new = [it for it in objects if it not in _RECORDS][:MOST_READ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        _RECORDS.update(zip(new, pool.map(lambda it: _count(platform, it[0]), new), strict=True))
    return sum(_RECORDS.get(it, 1) for it in objects), all(it in _RECORDS for it in objects)


def _count(platform: Platform, key: str) -> int:
    """The number of records in a quarantined object; one of a file may be as large as the refused part of the file."""
    if bulk_quarantine_source(key):
        return sum(1 for _ in platform.lake.lines(key))
    return count(key, platform.lake.read(key))


_decode: Final = msgspec.json.Decoder(PublishedVerdict).decode


def verdict(platform: Platform) -> PublishedVerdict:
    """The last published verdict; raises `NotFound` before the first."""
    found = platform.lake.dated(NEWEST_VERDICT)
    if found is None:
        raise NotFound("no verdict has been published: `tillstream reconcile --publish` does")
    return _decode(found[0])


def _verdict(platform: Platform) -> VerdictLine | None:
    try:
        last = verdict(platform)
    except NotFound:
        return None
    return VerdictLine(last.outcome, last.at, last.sentence)
