"""A target's topic as the hop `topic` reads it, and how far the consumer groups have read."""

import socket
from collections.abc import Mapping
from functools import cached_property
from typing import Final

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from operations.errors import StoreUnreachable
from stores.kafka.reader import TopicReader
from stores.kafka.topic import reader_settings
from stores.target import Target

ANSWER_SECONDS: Final = 20.0
SILENCE_SECONDS: Final = 60.0
CONNECT_SECONDS: Final = 5.0


def check_reachable(target: Target) -> None:
    """Raise `StoreUnreachable` where this machine reaches no broker of a deployed stage: they serve inside its VPC."""
    if target.is_laptop:
        return
    for server in target.bootstrap_servers.split(","):
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host, int(port)), CONNECT_SECONDS).close()
            return
        except OSError:
            continue
    raise StoreUnreachable(
        f"no broker of {target.bootstrap_servers} can be reached from here: they serve inside the stage's VPC alone. "
        'Run this command on a machine there: docs/operating.md, "From inside the VPC"'
    )


class _Member(TopicReader):
    """A reader whose settings name a consumer group."""

    unreachable = StoreUnreachable


class Topic(TopicReader):
    """A target's topic; raises `StoreUnreachable` if the brokers do not answer.

    A context manager.
    """

    unreachable = StoreUnreachable

    def __init__(self, target: Target, patience_seconds: float = 0.0) -> None:
        """A topic whose brokers are waited for this long, `ANSWER_SECONDS` at least."""
        super().__init__(
            target.topic,
            reader_settings(target.bootstrap_servers, target.kafka_security),
            answer_seconds=max(ANSWER_SECONDS, patience_seconds),
            silence_seconds=max(SILENCE_SECONDS, patience_seconds),
        )

    def committed_by(self, group: str) -> Mapping[int, int]:
        """The next offset of a group in each partition, or `NEVER_COMMITTED`; without joining the group."""
        with _Member(
            self.name,
            self._settings | {"group.id": group},
            answer_seconds=self._answer_seconds,
            silence_seconds=self._silence_seconds,
        ) as member:
            return member.committed()

    def commit(self, group: str, offsets: Mapping[int, int]) -> None:
        """Let a group that nobody reads as begin each partition at this offset."""
        member = Consumer(self._settings | {"group.id": group})
        try:
            asked = [TopicPartition(self.name, partition, offset) for partition, offset in offsets.items()]
            self._asked(lambda: member.commit(offsets=asked, asynchronous=False))
        finally:
            member.close()

    def last_dated_by_sender(self, partition: int, start: int, end: int) -> int | None:
        """The offset of the last of these messages that its sender dated, not the broker; None if there is none."""
        found = None
        for message in self.messages(partition, start, end):
            if message.timestamp()[0] != TIMESTAMP_LOG_APPEND_TIME:
                found = message.offset()
        return found

    def setting(self, name: str) -> str:
        """The value of one of the topic's settings; raises where the brokers do not tell it."""
        of_topic = ConfigResource(ResourceType.TOPIC, self.name)
        [described] = self._admin.describe_configs([of_topic], request_timeout=self._answer_seconds).values()
        return str(self._asked(described.result)[name].value)

    def let_go(self, partition: int, before: int) -> None:
        """Delete the partition's messages before this offset, as retention does."""
        upto = [TopicPartition(self.name, partition, before)]
        for done in self._admin.delete_records(upto, request_timeout=self._answer_seconds).values():
            self._asked(done.result)

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient(self._settings)
