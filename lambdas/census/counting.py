"""Counts a platform, store by store.

What follows on the way is asked after what goes before it: a group commits what is filed, and what is filed was in the
topic. So nothing that is only under way can seem lost.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from commerce.paths import parse_raw_key
from commerce.quarantine import Quarantined, checked
from lambdas.census.counts import BatchCount, Counts, PartitionCount
from lambdas.census.losses import LineKey, Loss, LostFromLake, LostLines, LostObject, before_given_up, of_partition
from stores.dynamodb.items import Item, key_of
from stores.dynamodb.ledger import Ledger, Row
from stores.dynamodb.presence import absent
from stores.kafka.brokers import NEVER_COMMITTED
from stores.kafka.census import Bounds, TopicCensus
from stores.kafka.reader import TopicReader
from stores.retries import Retries
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.objects import Lake

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOOKED_UP: Final = 100
"""The newest messages of a partition whose lines are looked up in the table: the keys of one request."""

WAREHOUSE: Final = "warehouse"


@dataclass(frozen=True, slots=True)
class Stores:
    """The clients of one platform, its consumer groups and its table of invoices."""

    census: TopicCensus
    reader: TopicReader
    lake: Lake
    ledger: Ledger
    batches: Batches
    dynamodb: "DynamoDBClient"
    invoices_table: str
    archive_group: str
    tables_group: str
    retries: Retries


def counts(its: Stores, known: Sequence[Loss] = ()) -> Counts:
    """The counts of a platform now, also at the places where an earlier census found these losses."""
    batches, unloaded = _batches(its, [it.batch for it in known if isinstance(it, LostFromLake)])
    archive, tables = (its.census.committed(group) for group in (its.archive_group, its.tables_group))
    rows = {row.partition: row for row in its.ledger.rows(its.census.topic)}
    erased = erasures.line_ids(its.lake)
    partitions = [
        _partition(its, bounds, rows.get(bounds.partition), (_of(archive, bounds), _of(tables, bounds)), known, erased)
        for bounds in its.census.bounds()
    ]
    return Counts(its.census.topic, partitions, batches, unloaded)


def _of(committed: Mapping[int, int], bounds: Bounds) -> int:
    """The next offset of a group; 0 without one, as in a partition that is there since a moment ago."""
    return max(0, committed.get(bounds.partition, NEVER_COMMITTED))


def _partition(
    its: Stores, bounds: Bounds, row: Row | None, committed: tuple[int, int], known: Sequence[Loss],
    erased: Collection[str],
) -> PartitionCount:  # fmt: skip
    position, given_up = (row.position, row.given_up) if row else (None, ())
    filed, timestamp = (position.next_offset, position.greatest_timestamp) if position else (0, 0)
    epoch = position.epoch if position else 0
    missed = chain.from_iterable(it.keys for it in of_partition(known, LostLines, bounds.partition))
    looked_up, gone, still_gone = _lines(its, bounds, committed[1], list(missed), erased)
    return PartitionCount(
        partition=bounds.partition,
        start=bounds.start,
        end=bounds.end,
        epoch=epoch,
        filed=filed,
        timestamp=timestamp,
        object_end=_object_end(its, bounds.partition, epoch, before_given_up(filed, given_up), timestamp),
        given_up=given_up,
        read_by_archive=committed[0],
        read_by_tables=committed[1],
        looked_up=looked_up,
        absent=gone,
        still_absent=still_gone,
        still_gone=[it for it in of_partition(known, LostObject, bounds.partition) if _is_gone(its, it, given_up)],
    )


def _batches(its: Stores, known: Sequence[str]) -> tuple[list[BatchCount], int]:
    """The lake's counts by the newest batches and from the known one on, and the lines that the warehouse lacks."""
    loaded = its.batches.loaded(WAREHOUSE)
    ids = its.batches.recent()
    if known and (not ids or min(known) < ids[0]):
        ids = [min(known), *its.batches.ids(after=min(known))]
    appended = [it for it in its.batches.manifests_of(ids) if it.snapshot_id is not None]
    counted = [BatchCount(it.batch, it.lines_added, it.lines_total) for it in appended if it.lines_total is not None]
    counted += [BatchCount(it.batch, 0, it.lines_total) for it in its.batches.restored(ids[0] if ids else "")]
    # stable: lines were put back after the batch, whose own count comes first
    return sorted(counted, key=lambda it: it.batch), sum(it.lines_added for it in appended if it.batch not in loaded)


def _object_end(its: Stores, partition: int, epoch: int, end: int, timestamp: int) -> int | None:
    """The offset behind the last message of the last raw object that begins before this one; None without it."""
    found = its.lake.raw_before(its.census.topic, partition, epoch, end, timestamp) if end else None
    return its.lake.extent(found["Key"]).next_offset if found else None


def _is_gone(its: Stores, loss: LostObject, given_up: Sequence[tuple[int, int]]) -> bool:
    """Whether raw objects still lack a message of this loss, but for those that an operator gave up."""
    end = before_given_up(loss.end, given_up)
    while end > loss.first:
        found = its.lake.raw_before(its.census.topic, loss.partition, loss.epoch, end, loss.timestamp)
        key = parse_raw_key(found["Key"]) if found else None
        if key is None or its.lake.extent(str(key)).next_offset < end:
            return True
        end = before_given_up(key.first_offset, given_up)
    return False


def _lines(
    its: Stores, bounds: Bounds, read: int, missed: Sequence[LineKey], erased: Collection[str]
) -> tuple[int, list[LineKey], list[LineKey]]:  # fmt: skip
    """How many of the newest lines were looked up, those of them that are absent, and those that still are.

    A line that was erased is not looked up.
    """
    newest = dict.fromkeys(key for key in _newest(its, bounds, read) if _line_id(key) not in erased)
    older = [key for key in dict.fromkeys(missed) if key not in newest and _line_id(key) not in erased]
    keys = [_item_key(key) for key in (*newest, *older)]
    gone = {_line_key(it) for it in absent(its.dynamodb, its.invoices_table, keys, its.retries)}
    return len(newest), [key for key in newest if key in gone], [key for key in older if key in gone]


def _newest(its: Stores, bounds: Bounds, read: int) -> Iterator[LineKey]:
    """The keys of the lines in the newest messages before this offset."""
    until = min(bounds.end, read)
    for it in its.reader.read(bounds.partition, max(bounds.start, until - LOOKED_UP), until):
        line = checked(its.census.topic, it.partition, it.offset, it.timestamp, it.key, it.value)
        if not isinstance(line, Quarantined):
            yield _line_key(key_of(line))


def _line_key(key: Item) -> LineKey:
    return key["InvoiceNo"]["N"], key["LineKey"]["S"]


def _line_id(key: LineKey) -> str:
    return key[1].rpartition("#")[2]


def _item_key(key: LineKey) -> Item:
    return {"InvoiceNo": {"N": key[0]}, "LineKey": {"S": key[1]}}
