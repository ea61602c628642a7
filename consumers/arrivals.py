"""The metrics of a batch's arrival, and the traces of the requests whose messages it holds. Pure.

They are recorded before any work, at each try of the batch: the age of what stalls grows where an alarm sees it.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from commerce.kafka_events import Message, Partition, trace
from commerce.metrics import BATCH_MESSAGES, NO_VALUES, OLDEST_MESSAGE_AGE, Values

MOST_TRACES: Final = 20
"""Traces of a batch that are recorded at most: each is a field of the log and a segment to send."""


def arrival(delivered: Sequence[tuple[Partition, Sequence[Message]]], now: float) -> Values:
    """The number of a batch's messages, and the age of the oldest at `now` in seconds since 1970.

    Only the first message of each partition is looked at: the brokers' times rise inside a partition.
    """
    if not delivered:
        return NO_VALUES
    oldest = min(messages[0].timestamp for _, messages in delivered) / 1000
    return {
        BATCH_MESSAGES: sum(len(messages) for _, messages in delivered),
        OLDEST_MESSAGE_AGE: max(0.0, round(now - oldest, 1)),
    }


def roots(delivered: Sequence[tuple[Partition, Sequence[Message]]]) -> list[str]:
    """The roots of the sampled traces of which a batch holds messages, each once, and the first of them alone."""
    # most messages have the one header that all have: they are not looked at
    found = (trace(message) for _, messages in delivered for message in messages if len(message.headers) > 1)
    return list(islice(dict.fromkeys(root for root in found if root), MOST_TRACES))
