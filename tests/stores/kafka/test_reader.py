"""The reader of a topic, asked of a real broker."""

import pytest
from confluent_kafka import Producer

from stores.kafka.reader import TopicReader
from stores.kafka.topic import PLAINTEXT, reader_settings
from tests.brokers import a_topic

pytestmark = pytest.mark.parts


def test_a_reader_asks_the_broker_for_nothing_once_its_messages_are_read(kafka: str) -> None:
    topic = a_topic(kafka, 1)
    producer = Producer({"bootstrap.servers": kafka})
    for number in range(3):
        producer.produce(topic, b"%d" % number, partition=0)
    assert producer.flush(300) == 0
    with TopicReader(topic, reader_settings(kafka, PLAINTEXT), answer_seconds=60, silence_seconds=60) as reader:
        assert [line.value for line in reader.read(0, 0, 3)] == [b"0", b"1", b"2"]
        assert reader._consumer.assignment() == []
        unfinished = reader.read(0, 1, 3)
        assert next(unfinished).value == b"1"
        unfinished.close()  # type: ignore[attr-defined]
        assert reader._consumer.assignment() == []
        assert [line.value for line in reader.read(0, 2, 3)] == [b"2"]
        older, newer = reader.read(0, 0, 3), reader.read(0, 1, 3)
        next(older), next(newer)
        older.close()  # type: ignore[attr-defined]
        assert [line.value for line in newer] == [b"2"]
        left = reader.read(0, 0, 3)
        next(left)
    left.close()  # type: ignore[attr-defined]  # after its reader was closed
