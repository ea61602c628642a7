"""The raw archive's ledger: how far each partition of a topic is filed, and the operator's decisions about it.

A row of the Offsets table, keyed by cluster and partition, holds Epoch, NextOffset and GreatestTimestamp, and, where an
operator recorded one, RecordedStart: the offset at which a batch may begin although the ledger is not there yet.
GivenUp holds the spans of offsets that operators gave up, each as `first-end`. A row may hold these alone; its
partition then has no position. Positions change by compare-and-swap only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import ClientError

from commerce.errors import ArchiveStalled
from commerce.keys import topic_partition
from commerce.paths import RawKey
from commerce.raw import NO_TIMESTAMP, Position, greatest_epoch, last_key
from stores.dynamodb.client import KEYS_A_REQUEST, items_of, pages
from stores.parallel import batches
from stores.retries import Retries, code, never
from stores.s3.objects import Lake

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_PARTITIONS: Final = 100
"""Items in one DynamoDB transaction, and so the largest number of partitions that can begin an epoch at once."""

_AT: Final = "Epoch = :epoch AND NextOffset = :next AND GreatestTimestamp = :greatest"
_ABSENT: Final = "attribute_not_exists(NextOffset)"


class Row(msgspec.Struct, frozen=True):
    """The ledger's row of a partition: its position, None if it has none, and a recorded start, if any.

    `given_up` are the spans of offsets, each from its first to before its end, that an operator gave up.
    """

    topic: str
    partition: int
    position: Position | None = None
    recorded_start: int | None = None
    given_up: tuple[tuple[int, int], ...] = ()


class Rebuilt(msgspec.Struct, frozen=True):
    """The row of a partition, and the position that its objects prove."""

    before: Row
    position: Position


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one cluster, in the table of this name."""

    client: "DynamoDBClient"
    table: str
    cluster: str
    retries: Retries = field(default_factory=never)

    def read(self, topic: str, partition: int) -> Row:
        """The partition's row as it is now."""
        (row,) = self.read_all([(topic, partition)])
        return row

    def read_all(self, partitions: Sequence[tuple[str, int]]) -> list[Row]:
        """The rows of these topics and partitions as they are now, in the order given.

        A partition whose row is absent has no position.
        """
        found = {
            item["TopicPartition"]["S"]: item
            for keys in batches([self._key(*partition) for partition in partitions], KEYS_A_REQUEST)
            for item in items_of(self.client, self.table, keys, self.retries)
        }
        return [_row(topic, number, found.get(topic_partition(topic, number), {})) for topic, number in partitions]

    def rows(self, topic: str) -> list[Row]:
        """Every row of the topic, by partition."""
        prefix = topic_partition(topic, 0).removesuffix("0")
        found = pages(
            self.retries,
            self.client.query,
            TableName=self.table,
            # by an alias: Cluster is a reserved word of DynamoDB's expressions
            KeyConditionExpression="#Cluster = :cluster AND begins_with(TopicPartition, :topic)",
            ExpressionAttributeNames={"#Cluster": "Cluster"},
            ExpressionAttributeValues={":cluster": {"S": self.cluster}, ":topic": {"S": prefix}},
        )
        items = ((int(item["TopicPartition"]["S"].removeprefix(prefix)), item) for page in found for item in page)
        return sorted((_row(topic, number, item) for number, item in items), key=lambda row: row.partition)

    def advance(self, seen: Row, position: Position) -> bool:
        """Move the partition to this position if its row still has the one that was seen; False if it has another."""
        return self._swap(partial(self.client.update_item, **self._move(seen, position)))

    def record_start(self, topic: str, partition: int, offset: int, *, after: int) -> Row:
        """Allow a batch of this partition to begin at this offset, beyond the ledger's position; returns the new row.

        It says that the messages in between are gone for good, or were never there: nothing is filed in their place.
        `after` is where what is filed ends.
        """
        row = self.read(topic, partition)
        if row.position and offset <= row.position.next_offset:
            raise ArchiveStalled(
                f"{topic}-{partition}: the archive goes on at offset {row.position.next_offset} already, "
                f"so a start at {offset} would allow nothing"
            )
        return self._give_up(row, after, offset, "RecordedStart = :start, ", {":start": {"N": str(offset)}})

    def give_up(self, topic: str, partition: int, first: int, end: int) -> Row:
        """Record that these offsets, which were filed, are gone for good; returns the new row."""
        return self._give_up(self.read(topic, partition), first, end)

    def _give_up(
        self, row: Row, first: int, end: int, also: str = "", values: dict[str, Any] | None = None
    ) -> Row:  # fmt: skip
        spans = sorted({*row.given_up, (first, end)})
        update = partial(
            self.client.update_item,
            TableName=self.table,
            Key=self._key(row.topic, row.partition),
            UpdateExpression=f"SET {also}GivenUp = :spans",
            ExpressionAttributeValues={":spans": {"SS": [f"{first}-{end}" for first, end in spans]}, **(values or {})},
        )
        self.retries.ask(update)
        return self.read(row.topic, row.partition)

    def new_epoch(self, topic: str, partitions: Iterable[int], lake: Lake) -> list[Row]:
        """Begin a new epoch for a recreated topic: each partition from offset 0, all of them or none.

        `partitions` are those of the topic as it is now; partitions that have a row get one as well. No function that
        still holds messages of the old topic may be running: let its time-out pass first.
        """
        rows = self.rows(topic)
        numbers = sorted({*partitions, *(row.partition for row in rows)})
        if len(numbers) > MOST_PARTITIONS:
            raise ArchiveStalled(
                f"{topic} has {len(numbers)} partitions, and an epoch begins at once for {MOST_PARTITIONS}"
            )
        epoch = self._epoch(rows, lake.raw_keys(topic)) + 1
        begin = Position(epoch, 0, NO_TIMESTAMP)
        seen = {row.partition: row for row in rows}
        moves = [self._move(seen.get(number, Row(topic, number)), begin, forget=True) for number in numbers]
        items: Any = [{"Update": move} for move in moves]
        if not self._swap(partial(self.client.transact_write_items, TransactItems=items)):
            raise ArchiveStalled(f"{topic}: the ledger moved while epoch {epoch} was to begin: stop its mapping first")
        return self.rows(topic)

    def rebuilds(self, topic: str, lake: Lake) -> list[Rebuilt]:
        """The rows that differ from what the raw objects prove, each with the position that they prove.

        A partition without objects in the topic's epoch keeps its row if that is of this epoch, and begins at offset 0
        otherwise.
        """
        rows = {row.partition: row for row in self.rows(topic)}
        keys = lake.raw_keys(topic)
        epoch = self._epoch(rows.values(), keys)
        changed = []
        for number in sorted(
            {key.partition for key in keys} | {row.partition for row in rows.values() if row.position}
        ):
            row = rows.get(number, Row(topic, number))
            position = position_of_objects(keys, number, epoch, lake) or _begun(row, epoch)
            if position != row.position:
                changed.append(Rebuilt(row, position))
        return changed

    def rebuild(self, changes: Iterable[Rebuilt]) -> None:
        """Write these rows again."""
        for change in changes:
            if not self.advance(change.before, change.position):
                row = change.before
                raise ArchiveStalled(f"{row.topic}-{row.partition}: its row moved during the rebuild: rebuild again")

    def position_without_row(self, topic: str, partition: int, lake: Lake) -> Position:
        """The position of a partition without one in the ledger: the end of its objects, else offset 0.

        An absent row is never zero by itself. The epoch is the greatest in any row or object of the topic.
        """
        keys = lake.raw_keys(topic)
        epoch = self._epoch(self.rows(topic), keys)
        return position_of_objects(keys, partition, epoch, lake) or Position(epoch, 0, NO_TIMESTAMP)

    def _epoch(self, rows: Iterable[Row], keys: Iterable[RawKey]) -> int:
        return greatest_epoch((row.position for row in rows if row.position), keys)

    def _key(self, topic: str, partition: int) -> dict[str, Any]:
        return {"Cluster": {"S": self.cluster}, "TopicPartition": {"S": topic_partition(topic, partition)}}

    def _move(self, seen: Row, to: Position, *, forget: bool = False) -> dict[str, Any]:
        """The update request that moves a row from the position that was seen."""
        values = {":to_epoch": to.epoch, ":to_next": to.next_offset, ":to_greatest": to.greatest_timestamp}
        if was := seen.position:
            values |= {":epoch": was.epoch, ":next": was.next_offset, ":greatest": was.greatest_timestamp}
        update = "SET Epoch = :to_epoch, NextOffset = :to_next, GreatestTimestamp = :to_greatest"
        return {
            "TableName": self.table,
            "Key": self._key(seen.topic, seen.partition),
            "UpdateExpression": update + (" REMOVE RecordedStart, GivenUp" if forget else ""),
            "ConditionExpression": _AT if was else _ABSENT,
            "ExpressionAttributeValues": {name: {"N": str(value)} for name, value in values.items()},
        }

    def _swap(self, request: Any) -> bool:
        try:
            self.retries.ask(request)
        except ClientError as error:
            if code(error) in ("ConditionalCheckFailedException", "TransactionCanceledException"):
                return False
            raise
        return True


def position_of_objects(keys: Iterable[RawKey], partition: int, epoch: int, lake: Lake) -> Position | None:
    """The position that a partition's objects prove: the end of the last one of this epoch; None without any."""
    last = last_key(keys, partition, epoch)
    if last is None:
        return None
    extent = lake.extent(str(last))
    return Position(epoch, extent.next_offset, extent.greatest_timestamp)


def _begun(row: Row, epoch: int) -> Position:
    """The position of a partition without an object in this epoch."""
    return row.position if row.position and row.position.epoch == epoch else Position(epoch, 0, NO_TIMESTAMP)


def _row(topic: str, number: int, item: dict[str, Any]) -> Row:
    value = {name: int(attribute["N"]) for name, attribute in item.items() if "N" in attribute}
    position = None
    if "NextOffset" in value:
        position = Position(value["Epoch"], value["NextOffset"], value["GreatestTimestamp"])
    spans = (span.split("-") for span in item.get("GivenUp", {}).get("SS", ()))
    given_up = sorted((int(first), int(end)) for first, end in spans)
    return Row(topic, number, position, value.get("RecordedStart"), tuple(given_up))
