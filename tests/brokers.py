"""Helpers around a real Kafka: new topics, reading a whole topic, and a broker that can be paused."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic

from local.processes import Process, wait_until
from stores.kafka.topic import PLAINTEXT, reader_settings
from tests.parts import running_kafka
from tests.processes import is_stopped

READ_SECONDS = 300


def a_topic(servers: str, partitions: int = 6, **configs: str) -> str:
    """A new, empty topic with a name that no other test has."""
    name = f"test-{uuid4().hex[:8]}"
    make_topic(AdminClient({"bootstrap.servers": servers}), NewTopic(name, partitions, 1, config=configs))
    return name


def make_topic(admin: AdminClient, wanted: NewTopic) -> None:
    """Create the topic, and wait until the broker serves it."""
    admin.create_topics([wanted], operation_timeout=60, request_timeout=300)[wanted.topic].result(300)
    await_served(admin, wanted.topic, wanted.num_partitions)


def await_served(admin: AdminClient, name: str, partitions: int) -> None:
    """Wait until the broker serves this many partitions of a topic: it learns of them after the controller made them.

    Until then it answers that it knows no such topic, or leads no such partition.
    """
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    places = {TopicPartition(name, partition): latest for partition in range(partitions)}

    def served() -> bool:
        if len(admin.list_topics(name, 300).topics[name].partitions) < partitions:
            return False
        return all(it.exception(300) is None for it in admin.list_offsets(places, request_timeout=300).values())

    assert wait_until(served, 300), f"the broker does not serve {name}"


def messages(servers: str, topic: str) -> list[Message]:
    """All messages of the topic, partition by partition in their order."""
    # at its end a partition holds a fetch back, 500 ms by default
    reader = Consumer(reader_settings(servers, PLAINTEXT) | {"fetch.wait.max.ms": 10})
    found: list[Message] = []
    try:
        partitions = reader.list_topics(topic, timeout=READ_SECONDS).topics[topic].partitions
        reader.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        ends, deadline = set[int](), monotonic() + READ_SECONDS
        while len(ends) < len(partitions):
            assert monotonic() < deadline, f"{topic}: only the ends of {sorted(ends)} came, and {len(found)} messages"
            for message in reader.consume(500, 0.1):
                error = message.error()
                if error is None:
                    found.append(message)
                else:
                    assert error.code() == KafkaError._PARTITION_EOF, error
                    ends.add(message.partition() or 0)
    finally:
        reader.close()
    return sorted(found, key=lambda message: (message.partition(), message.offset()))


@dataclass
class Broker:
    """A Kafka for one test."""

    servers: str
    process: Process

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the broker, so that it answers nothing, until the block ends."""
        self.process.identity.send(signal.SIGSTOP)
        try:
            # its threads stop one by one, and any of them may still answer
            assert wait_until(lambda: is_stopped(self.process.identity.pid), 300)
            yield
        finally:
            self.process.identity.send(signal.SIGCONT)


@contextmanager
def a_broker(folder: Path) -> Iterator[Broker]:
    """A running broker with its data in `folder`."""
    with running_kafka(folder) as (servers, process):
        yield Broker(servers, process)
