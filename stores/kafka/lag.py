"""A consumer group's lag in the topic, and the age of its oldest unread message."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from stores.kafka.reader import TopicReader
from stores.kafka.topic import PLAINTEXT, reader_settings

LONGEST_LOOK_SECONDS: Final = 5.0


class Lag(msgspec.Struct, frozen=True):
    """The number of messages that a group has left to read. `oldest` is the time of the first of them, if requested."""

    messages: int
    oldest: datetime | None = None


def lag(
    bootstrap_servers: str, group: str, topic: str, *, dated: bool = False, seconds: float = LONGEST_LOOK_SECONDS
) -> Lag:
    """A group's lag in a topic, read without joining the group, over an unencrypted connection.

    A partition without a commit counts from its first message. With `dated` the oldest message that waits in each
    partition is read for its time. Raises `BrokersSilent` where the brokers do not answer in these seconds.
    """
    settings = reader_settings(bootstrap_servers, PLAINTEXT) | {"group.id": group}
    with TopicReader(topic, settings, answer_seconds=seconds, silence_seconds=seconds) as reader:
        unread = []
        for partition, at in reader.committed().items():
            start, end = reader.bounds(partition)
            if max(start, at) < end:
                unread.append((partition, max(start, at), end))
        oldest = [next(reader.read(*span), None) for span in unread] if dated else []
    times = [datetime.fromtimestamp(it.timestamp / 1000, UTC) for it in oldest if it is not None]
    return Lag(sum(end - start for _, start, end in unread), min(times, default=None))
