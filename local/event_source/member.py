"""The member of a consumer group that a poller is: its Kafka client's settings, and where a new group starts."""

from typing import Final

from confluent_kafka import Consumer, TopicPartition

from local.event_source.feed import Feed
from local.event_source.invocations import LONGEST_BACKOFF_SECONDS, SPARE_SECONDS

LOOK_UP_SECONDS: Final = 30.0

_MILLISECONDS: Final = 1000

_RESET: Final = {"TRIM_HORIZON": "earliest", "LATEST": "latest", "AT_TIMESTAMP": "earliest"}
"""The start of a partition whose committed offset Kafka does not hold any more, by the mapping's StartingPosition."""


def consumer_settings(feed: Feed, number: int) -> dict[str, str | int | bool]:
    """The Kafka client's settings of the poller with this number.

    Pollers are static members: one that died with kill -9 is replaced at once by the next of its name, where a
    dynamic member would be waited for; and a second event source on the same group fences the first.
    """
    longest_rest = feed.function_timeout_seconds + SPARE_SECONDS + LONGEST_BACKOFF_SECONDS
    return {
        "bootstrap.servers": feed.bootstrap_servers,
        "group.id": feed.mapping.group,
        "group.instance.id": f"{feed.mapping.name}-{number}",
        "auto.offset.reset": _RESET[feed.mapping.starting_position],
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "max.poll.interval.ms": int(1000 * (longest_rest + 60)),
        "heartbeat.interval.ms": 500,  # when a member learns that another has come
        "fetch.queue.backoff.ms": 5,  # by default a full queue rests for a second
        "queued.max.messages.kbytes": 8_192,
        "max.partition.fetch.bytes": 262_144,  # compressed: in memory it may be ten times as much
    }


def fix_start(consumer: Consumer, partitions: list[TopicPartition], timestamp: float | None) -> None:
    """Commit where each partition without a committed offset starts: at this time in seconds since 1970, or at its end.

    Otherwise LATEST would mean the end at the time of each assignment, and what came before the first commit would be
    skipped by a crash or another member.
    """
    new = [partition for partition in consumer.committed(partitions, LOOK_UP_SECONDS) if partition.offset < 0]
    if timestamp is not None:
        times = [TopicPartition(it.topic, it.partition, int(timestamp * _MILLISECONDS)) for it in new]
        new = consumer.offsets_for_times(times, LOOK_UP_SECONDS) if times else []
    for partition in new:
        if partition.offset < 0:  # no committed offset, and no message so late
            _, partition.offset = consumer.get_watermark_offsets(partition, LOOK_UP_SECONDS)
    if new:
        consumer.commit(offsets=new, asynchronous=False)
