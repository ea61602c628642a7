"""How far behind a group is, asked of a real broker."""

from datetime import UTC, datetime

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from local.parts.ports import LOOPBACK, free_port
from stores.kafka.brokers import BrokersSilent
from stores.kafka.lag import Lag, lag
from tests.brokers import a_topic

pytestmark = pytest.mark.parts

NOON = datetime(2010, 12, 1, 12, tzinfo=UTC)


def send(servers: str, topic: str, partition: int, *hours: int) -> None:
    """Messages that came so many hours after noon."""
    producer = Producer({"bootstrap.servers": servers})
    for hour in hours:
        time = int(NOON.replace(hour=12 + hour).timestamp() * 1000)
        producer.produce(topic, b"x", partition=partition, timestamp=time)
    assert producer.flush(300) == 0


def commit(servers: str, topic: str, group: str, **offsets: int) -> None:
    member = Consumer({"bootstrap.servers": servers, "group.id": group})
    places = [TopicPartition(topic, int(name[1:]), offset) for name, offset in offsets.items()]
    member.commit(offsets=places, asynchronous=False)
    member.close()


def test_a_group_is_behind_by_what_it_has_not_committed_since_the_oldest_of_it_came(kafka: str) -> None:
    topic = a_topic(kafka, 3, **{"retention.ms": "-1"})  # the broker looks every five minutes for what has expired
    group = f"group-{topic}"
    assert lag(kafka, group, topic, dated=True) == Lag(0, None)
    send(kafka, topic, 0, 1, 3, 5)
    send(kafka, topic, 2, 4, 6)
    assert lag(kafka, group, topic, dated=True) == Lag(5, NOON.replace(hour=13))
    commit(kafka, topic, group, p0=2, p2=1)
    assert lag(kafka, group, topic, dated=True) == Lag(2, NOON.replace(hour=17))
    assert lag(kafka, group, topic) == Lag(2, None)
    commit(kafka, topic, group, p0=3, p2=2)
    assert lag(kafka, group, topic, dated=True) == Lag(0, None)


def test_a_broker_that_does_not_answer_is_said_in_time() -> None:
    with pytest.raises(BrokersSilent, match="topic topic at 127.0.0.1:[0-9]+ does not answer"):
        lag(f"{LOOPBACK}:{free_port()}", "group", "topic", seconds=0.5)
