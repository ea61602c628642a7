"""The plan for a batch of messages: lines to put, and messages to quarantine."""

from collections.abc import Iterable, Iterator

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


def groups(lines: Iterable[OrderLine], size: int) -> Iterator[list[OrderLine]]:
    """The lines in groups of about this size: an invoice's lines stand together, in one group where they are so few.

    The same lines make the same groups, in the order in which their invoices begin.
    """
    invoices: dict[str, list[OrderLine]] = {}
    for line in lines:
        invoices.setdefault(line.InvoiceNo, []).append(line)
    group: list[OrderLine] = []
    for of_one in invoices.values():
        if group and len(group) + len(of_one) > size:
            yield group
            group = []
        group = group + of_one
        while len(group) > size:
            yield group[:size]
            group = group[size:]
    if group:
        yield group
