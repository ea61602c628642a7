"""The steps that file each message exactly once, and the conditions under which they must stop instead.

It stops where going on could lose or repeat a message, and says what an operator has to decide. It never skips.
"""

from bisect import bisect_left
from collections.abc import Sequence

from commerce.errors import ArchiveStalled
from commerce.kafka_events import LOG_APPEND_TIME, Message
from commerce.raw import Extent, Position, RawObject


def unfiled(batch: Sequence[Message], position: Position, recorded_start: int | None) -> Sequence[Message]:
    """The messages of the batch that are not filed yet, in order.

    Gaps inside a batch are legal: Kafka has nothing there.

    Raises `ArchiveStalled` where the batch does not follow on what is filed.
    """
    _check_timestamps(batch)
    first, begin = batch[0].offset, bisect_left(batch, position.next_offset, key=lambda message: message.offset)
    for message in batch[:begin]:
        if message.timestamp > position.greatest_timestamp:
            raise _recreated(
                f"offset {message.offset} is before {position.next_offset}, up to which all is filed, but is newer "
                f"({message.timestamp}) than all that is filed ({position.greatest_timestamp})",
            )
    if first > position.next_offset and first != recorded_start:
        raise ArchiveStalled(
            f"the batch begins at offset {first}, but what is filed ends before {position.next_offset}: if the "
            f"{first - position.next_offset} offsets between are gone for good, allow it with `tillstream ledger start`"
        )
    return batch[begin:]


def position_after(ours: RawObject, winner: Extent | None) -> Position:
    """The partition's position once the object's key is taken: by this writer, or by a winner whose end is adopted.

    Raises `ArchiveStalled` where the winner begins with another message than ours.
    """
    if winner is not None and winner.first_timestamp != ours.extent.first_timestamp:
        raise _recreated(
            f"{ours.key} begins with a message of {winner.first_timestamp}, "
            f"not with the one of {ours.extent.first_timestamp} that has its offset now",
        )
    end = winner or ours.extent
    return Position(ours.key.epoch, end.next_offset, end.greatest_timestamp)


def _check_timestamps(batch: Sequence[Message]) -> None:
    """Raise unless the broker dated every message: a sender's clock says nothing about the order of filing."""
    for message in batch:
        if message.timestamp_type != LOG_APPEND_TIME:
            raise ArchiveStalled(
                f"offset {message.offset} is dated by {message.timestamp_type}, not {LOG_APPEND_TIME}: "
                "set message.timestamp.type=LogAppendTime on the topic"
            )


def _recreated(how: str) -> ArchiveStalled:
    return ArchiveStalled(f"the topic was recreated: {how}. Begin a new epoch with `tillstream ledger new-epoch`")
