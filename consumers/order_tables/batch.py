"""The plan for a batch of messages: lines to put, and messages to quarantine."""

from collections.abc import Iterable

import msgspec

from commerce.kafka_events import Message
from commerce.lines import OrderLine
from commerce.quarantine import Quarantined, checked


class Batch(msgspec.Struct, frozen=True):
    """The verified lines of some messages, and the messages that are not order lines."""

    lines: list[OrderLine]
    refused: list[Quarantined]


def read(messages: Iterable[Message]) -> Batch:
    """The plan for these messages, each verified whole: its fields, and that its LineId follows from them."""
    batch = Batch([], [])
    for message in messages:
        found = checked(message.topic, message.partition, message.offset, message.timestamp, message.key, message.value)
        if isinstance(found, OrderLine):
            batch.lines.append(found)
        else:
            batch.refused.append(found)
    return batch
