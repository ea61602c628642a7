"""The conditions of an operator's decision, checked before it is written to the ledger; they only ask the topic."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from commerce.paths import RawKey
from operations.errors import Refused
from operations.ledger.refiling import Survey
from operations.reconcile.raw_chain import Gap
from operations.topic import Topic
from stores.dynamodb.ledger import Rebuilt

TIMESTAMP_TYPE: Final = "message.timestamp.type"
BROKERS_TIME: Final = "LogAppendTime"


class LastObject(msgspec.Struct, frozen=True):
    """The last raw object of a partition: its key, and the timestamp of its first message."""

    key: RawKey
    first_timestamp: int


class Span(msgspec.Struct, frozen=True):
    """Offsets of a partition, from `first` to before `end`."""

    partition: int
    first: int
    end: int


def check_recreated(topic: Topic, filed: Iterable[LastObject]) -> None:
    """Raise `Refused` if the topic still holds a message that the archive filed: then it was not recreated.

    A new epoch files from offset 0 anew. For a topic that lives on, it would stall the archive at once.
    """
    for last in filed:
        partition, offset = last.key.partition, last.key.first_offset
        start, end = topic.bounds(partition)
        if not start <= offset < end:
            continue
        message = next(topic.read(partition, offset, offset + 1), None)
        if message is not None and message.timestamp == last.first_timestamp:
            raise Refused(
                f"partition {partition} of the topic still holds offset {offset:,} as {last.key} has it, "
                "so the topic was not recreated and its epoch goes on"
            )


def check_start(topic: Topic, partition: int, next_offset: int, offset: int) -> None:
    """Raise `Refused` if a start at `offset` would skip messages that the topic still holds, or is beyond its end."""
    start, end = topic.bounds(partition)
    if offset > end:
        raise Refused(
            f"partition {partition} of the topic ends before offset {end:,}: no batch can begin at {offset:,}"
        )
    held = next(topic.read(partition, max(start, next_offset), offset), None)
    if held is not None:
        raise Refused(
            f"partition {partition} of the topic still holds offset {held.offset:,}, which is not filed yet: set the "
            f"consumer group back to it, rather than begin at {offset:,} without it"
        )


def check_rebuild(changes: Iterable[Rebuilt], committed: Mapping[int, int] | None) -> None:
    """Raise `Refused` if a row would go back to before what the archive's group has read: its objects were lost.

    `committed` is where the group reads on in each partition. Without it, a row must not go back at all.
    """
    for change in changes:
        partition, to, was = change.before.partition, change.position, change.before.position
        read_to = committed.get(partition, 0) if committed is not None else was.next_offset if was else 0
        same_epoch = committed is not None or was is None or was.epoch == to.epoch
        if same_epoch and to.next_offset < read_to:
            raise Refused(
                f"the raw objects of partition {partition} end before offset {to.next_offset:,}, and the archive has "
                f"filed up to {read_to:,}: objects were lost, and a row that went back would stall the archive. "
                "`tillstream ledger refile` files them again; see docs/runbook/raw-object-lost.md"
            )


def check_dated_by_broker(topic: Topic) -> None:
    """Raise `Refused` if the topic still lets senders date its messages: the archive would stop at the next one."""
    value = topic.setting(TIMESTAMP_TYPE)
    if value != BROKERS_TIME:
        raise Refused(
            f"the topic {topic.name} still has {TIMESTAMP_TYPE}={value}, so the archive would stop at its next message "
            f"too: set it to {BROKERS_TIME} first; see docs/runbook/dated-by-senders.md"
        )


def check_read(spans: Iterable[Span], committed: Mapping[int, int]) -> None:
    """Raise `Refused` if order_tables has not read all of these offsets: once deleted, their lines are in no store.

    `committed` is where its group reads on in each partition.
    """
    unread = [(it, max(it.first, committed[it.partition])) for it in spans if committed[it.partition] < it.end]
    if unread:
        named = ", ".join(f"{first:,} to {it.end - 1:,} of partition {it.partition}" for it, first in unread)
        raise Refused(
            f"order_tables has not read offsets {named}: deleted now, their lines would be in no store. Wait until "
            "`tillstream status` shows that it is not behind; see docs/runbook/dated-by-senders.md"
        )


def gap_before(offset: int, partition: int, surveys: Iterable[Survey]) -> Gap:
    """The offsets, gone for good, that end before this one; raises `Refused` if there are none."""
    gone = [gap for survey in surveys for gap in survey.gone if gap.partition == partition and gap.end == offset]
    if not gone:
        raise Refused(
            f"partition {partition}: the archive is past offset {offset:,} already, and no offsets that are gone for "
            "good end there: `tillstream ledger refile` says which are"
        )
    return gone[0]
