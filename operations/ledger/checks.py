"""The conditions of an operator's decision, checked before it is written to the ledger; they only ask the topic."""

from collections.abc import Iterable

import msgspec

from commerce.paths import RawKey
from operations.errors import Refused
from operations.topic import Topic


class LastObject(msgspec.Struct, frozen=True):
    """The last raw object of a partition: its key, and the timestamp of its first message."""

    key: RawKey
    first_timestamp: int


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
