"""Counts a platform, store by store.

What follows on the way is asked after what goes before it: a group commits what is filed, and what is filed was in the
topic. So nothing that is only under way can seem lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commerce.paths import parse_raw_key
from commerce.quarantine import Quarantined, checked
from commerce.raw import Position
from lambdas.census.counts import BatchCount, Counts, PartitionCount
from stores.dynamodb.items import Item, key_of
from stores.dynamodb.ledger import Ledger
from stores.dynamodb.presence import absent
from stores.kafka.census import Bounds, TopicCensus
from stores.kafka.reader import TopicReader
from stores.retries import Retries
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


def counts(its: Stores) -> Counts:
    """The counts of a platform now."""
    loaded = its.batches.loaded(WAREHOUSE)
    batches = [it for it in its.batches.manifests_of(its.batches.recent()) if it.snapshot_id is not None]
    archive, tables = (its.census.committed(group) for group in (its.archive_group, its.tables_group))
    rows = {row.partition: row for row in its.ledger.rows(its.census.topic)}
    found = []
    for bounds in its.census.bounds():
        row = rows.get(bounds.partition)
        position = row.position if row else None
        looked_up, missing = _looked_up(its, bounds, tables)
        found.append(
            PartitionCount(
                partition=bounds.partition,
                start=bounds.start,
                end=bounds.end,
                filed=position.next_offset if position else 0,
                object_end=_object_end(its, bounds.partition, position),
                given_up=row.given_up if row else (),
                read_by_archive=max(0, archive[bounds.partition]),
                read_by_tables=max(0, tables[bounds.partition]),
                looked_up=looked_up,
                absent=missing,
            )
        )
    return Counts(
        its.census.topic,
        found,
        [BatchCount(it.batch, it.lines_added, it.lines_total) for it in batches if it.lines_total is not None],
        sum(it.lines_added for it in batches if it.batch not in loaded),
    )


def _object_end(its: Stores, partition: int, position: Position | None) -> int | None:
    """The offset behind the last message of the newest raw object up to this position; None without it."""
    if position is None or not position.next_offset:
        return None
    found = its.lake.newest_raw(its.census.topic, partition, position)
    key = parse_raw_key(found["Key"]) if found else None
    return its.lake.extent(str(key)).next_offset if key else None


def _looked_up(its: Stores, bounds: Bounds, committed: Mapping[int, int]) -> tuple[int, int]:
    """How many lines of the newest messages that the tables' group has read were looked up, and how many are absent."""
    until = min(bounds.end, committed[bounds.partition])
    first = max(bounds.start, until - LOOKED_UP)
    if first >= until:
        return 0, 0
    keys: dict[str, Item] = {}
    for it in its.reader.read(bounds.partition, first, until):
        line = checked(its.census.topic, it.partition, it.offset, it.timestamp, it.key, it.value)
        if not isinstance(line, Quarantined):
            keys[line.LineId] = key_of(line)
    return len(keys), len(absent(its.dynamodb, its.invoices_table, keys.values(), its.retries))
