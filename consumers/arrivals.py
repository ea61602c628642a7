"""The metrics of a batch's arrival. Pure.

They are recorded before any work, at each try of the batch: the age of what stalls grows where an alarm sees it.
"""

from collections.abc import Sequence

from commerce.kafka_events import Message, Partition
from commerce.metrics import BATCH_MESSAGES, NO_VALUES, OLDEST_MESSAGE_AGE, Values


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
