"""The steps that file each message exactly once, and the conditions under which they must stop instead.

It stops where going on could lose or repeat a message, and says what an operator has to decide. It never skips.
"""

from bisect import bisect_left
from collections.abc import Sequence

from commerce.errors import ArchiveStalled
from commerce.filing import recreated
from commerce.kafka_events import LOG_APPEND_TIME, Message
from commerce.raw import Position


def unfiled(batch: Sequence[Message], position: Position, recorded_start: int | None) -> Sequence[Message]:
    """The messages of the batch that are not filed yet, in order.

    Gaps inside a batch are legal: Kafka has nothing there.

    Raises `ArchiveStalled` where the batch does not follow on what is filed.
    """
    _check_timestamps(batch)
    first, begin = batch[0].offset, bisect_left(batch, position.next_offset, key=lambda message: message.offset)
    for message in batch[:begin]:
        if message.timestamp > position.greatest_timestamp:
            raise recreated(
                f"offset {message.offset} is before {position.next_offset}, up to which all is filed, but is newer "
                f"({message.timestamp}) than all that is filed ({position.greatest_timestamp})",
            )
    if first > position.next_offset and first != recorded_start:
        raise ArchiveStalled(
            f"the batch begins at offset {first}, but what is filed ends before {position.next_offset}: "
            f"`tillstream ledger refile` files the {first - position.next_offset} offsets between again, or says which "
            "are gone for good, for `tillstream ledger start`; see docs/runbook/raw-object-lost.md"
        )
    return batch[begin:]


def _check_timestamps(batch: Sequence[Message]) -> None:
    """Raise unless the broker dated every message: a sender's clock says nothing about the order of filing."""
    for message in batch:
        if message.timestamp_type != LOG_APPEND_TIME:
            raise ArchiveStalled(
                f"offset {message.offset} is dated by {message.timestamp_type}, not {LOG_APPEND_TIME}: "
                "set message.timestamp.type=LogAppendTime on the topic; see docs/runbook/dated-by-senders.md"
            )
