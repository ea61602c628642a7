"""A consumer group's lag in the topic, and the age of its oldest unread message."""

from datetime import UTC, datetime
from typing import Final

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from commerce.errors import TillstreamError

LONGEST_LOOK_SECONDS: Final = 5.0


class BrokersSilent(TillstreamError):
    """Kafka did not answer, or refused; the message is Kafka's."""


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
    settings = {"bootstrap.servers": bootstrap_servers, "group.id": group, "enable.auto.commit": False, "log_level": 0}
    client = Consumer(settings)
    try:
        return _lag(client, topic, dated, seconds)
    except KafkaException as error:
        raise BrokersSilent(f"Kafka at {bootstrap_servers} does not answer: {error.args[0].str()}") from error
    finally:
        client.close()


def _lag(client: Consumer, topic: str, dated: bool, seconds: float) -> Lag:
    numbers = client.list_topics(topic, seconds).topics[topic].partitions
    committed = client.committed([TopicPartition(topic, number) for number in numbers], seconds)
    waiting = [(it.partition, *_left(client, it, seconds)) for it in committed]
    behind = [TopicPartition(topic, number, begin) for number, begin, left in waiting if left] if dated else []
    times = [time for it in behind if (time := _time_of(client, it, seconds))]
    return Lag(sum(left for *_, left in waiting), min(times, default=None))


def _left(client: Consumer, committed: TopicPartition, seconds: float) -> tuple[int, int]:
    """The group's next offset in a partition, and how many messages are left from there."""
    first, end = client.get_watermark_offsets(committed, seconds)
    begin = max(first, committed.offset)
    return begin, max(0, end - begin)


def _time_of(client: Consumer, place: TopicPartition, seconds: float) -> datetime | None:
    """The time of the message at this place, or of the first after it; None if it does not arrive in time."""
    client.assign([place])
    message = client.poll(seconds)
    client.unassign()
    if message is None or message.error() is not None:
        return None
    return datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
