"""A running event source on a real Kafka, with a Lambda service that a test scripts."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import IO, Any, Final

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.config import RunConfig
from local.platform import Function, Mapping, Platform
from local.platform import Topic as PlatformTopic
from tests.brokers import make_topic
from tests.local.event_source.lambda_service import DEADLINE_SECONDS, eventually
from tests.parts import S3
from tests.processes import SAYS_READY

NO_BUCKETS: Final = S3("", "key", "secret")
FUNCTION: Final = Function("archive", "archive.handler", Path("none"), {}, 10, 128, None)


@dataclass(frozen=True)
class Topic:
    """A topic for one test, with its consumer group."""

    servers: str
    name: str

    @property
    def group(self) -> str:
        return f"{self.name}-archive"

    def send(self, *messages: dict[str, Any]) -> None:
        """Publish messages (arguments of `Producer.produce`), acknowledged when this returns."""
        producer = Producer({"bootstrap.servers": self.servers, "message.max.bytes": 16_000_000})
        for message in messages:
            producer.produce(self.name, **{"partition": 0, **message})
        assert producer.flush(DEADLINE_SECONDS) == 0

    def committed(self) -> dict[int, int]:
        """The group's committed offset of each partition that has one."""
        reader = Consumer({"bootstrap.servers": self.servers, "group.id": self.group})
        try:
            partitions = reader.list_topics(self.name, DEADLINE_SECONDS).topics[self.name].partitions
            asked = [TopicPartition(self.name, partition) for partition in partitions]
            return {p.partition: p.offset for p in reader.committed(asked, DEADLINE_SECONDS) if p.offset >= 0}
        finally:
            reader.close()


_numbers = count()


@pytest.fixture
def new_topic(kafka: str) -> Callable[..., Topic]:
    """A function that creates topics: `new_topic(partitions=6, **configs)`."""

    def make(partitions: int = 1, servers: str = kafka, **configs: str) -> Topic:
        topic = Topic(servers, f"events-{os.getpid()}-{next(_numbers)}")
        wanted = NewTopic(topic.name, partitions, 1, config={"message.timestamp.type": "LogAppendTime", **configs})
        make_topic(AdminClient({"bootstrap.servers": topic.servers}), wanted)
        return topic

    return make


class EventSource:
    """The process `python -m local.event_source`."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path) -> None:
        self.process, self._errors = process, errors

    @property
    def log(self) -> str:
        """The process's standard error."""
        return self._errors.read_text("utf-8")

    def await_ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.log

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait for the end; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_SECONDS)


@dataclass
class Runner:
    """Starts event sources for one mapping that a test changes at will."""

    folder: Path
    topic: Topic
    endpoint: str
    mapping: Mapping
    functions: Sequence[Function] = (FUNCTION,)
    s3: S3 = NO_BUCKETS
    topics: Sequence[PlatformTopic] = ()

    def write_config(self, lambda_port: int = 0) -> Path:
        """The file that describes the platform to the processes of one run."""
        platform = Platform(
            stage="test",
            region="us-east-1",
            account="000000000000",
            functions=tuple(self.functions),
            mappings=(self.mapping, replace(self.mapping, name="off", enabled=False)),
            topics=tuple(self.topics),
            tables=(),
            buckets=(),
            apis=(),
            outputs={},
        )
        config = RunConfig(
            platform=platform,
            endpoints={"lambda": self.endpoint, "s3": self.s3.endpoint},
            bootstrap_servers=self.topic.servers,
            access_key_id=self.s3.access_key_id,
            secret_access_key=self.s3.secret_access_key,
            region="us-east-1",
            gateway_port=0,
            lambda_port=lambda_port,
            state=self.folder,
        )
        file = self.folder / f"run-{next(_numbers)}.json"
        config.save(file)
        return file

    @contextmanager
    def running(self) -> Iterator[EventSource]:
        """An event source that is ready, until the block ends; killed then if it still runs."""
        errors = self.folder / f"errors-{next(_numbers)}"
        with errors.open("w") as stream, _killed_at_the_end(self.write_config(), stream) as process:
            source = EventSource(process, errors)
            source.await_ready()
            yield source


@contextmanager
def _killed_at_the_end(file: Path, errors: IO[str]) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "local.event_source", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=SAYS_READY) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def feed(tmp_path: Path) -> Callable[..., Runner]:
    """A function that creates a runner: `feed(topic, endpoint, window_seconds=0, batch_size=100)`."""

    def make(topic: Topic, endpoint: str, **changes: Any) -> Runner:
        mapping = Mapping(
            name="archive-events",
            function="archive",
            topic=topic.name,
            group=topic.group,
            batch_size=100,
            window_seconds=0,
            starting_position="TRIM_HORIZON",
            cluster_arn="arn:aws:kafka:us-east-1:000000000000:cluster/test/1",
            enabled=True,
        )
        return Runner(tmp_path, topic, endpoint, replace(mapping, **changes))

    return make


def await_committed(topic: Topic, offsets: dict[int, int]) -> None:
    """Wait until the group has committed exactly these offsets."""
    eventually(lambda: topic.committed() == offsets, topic.committed)
