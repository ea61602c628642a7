"""A target's topic as the hop `topic` reads it, and how far the consumer groups have read."""

from collections.abc import Iterable, Mapping
from typing import Final

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from operations.errors import StoreUnreachable
from stores.target import Target
from stores.topic import reader_settings
from stores.topic_census import NEVER_COMMITTED
from stores.topic_reader import TopicReader

ANSWER_SECONDS: Final = 20.0
SILENCE_SECONDS: Final = 60.0


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

    def committed(self, group: str, partitions: Iterable[int]) -> Mapping[int, int]:
        """The group's next offset in each partition, or `NEVER_COMMITTED`; without joining the group."""
        member = Consumer(self._settings | {"group.id": group})
        try:
            asked = [TopicPartition(self.name, partition) for partition in partitions]
            answers = self._asked(lambda: member.committed(asked, self._answer_seconds))
            return {one.partition: one.offset if one.offset >= 0 else NEVER_COMMITTED for one in answers}
        finally:
            member.close()

    def last_dated_by_sender(self, partition: int, start: int, end: int) -> int | None:
        """The offset of the last of these messages that its sender dated, not the broker; None if there is none."""
        found = None
        for message in self.messages(partition, start, end):
            if message.timestamp()[0] != TIMESTAMP_LOG_APPEND_TIME:
                found = message.offset()
        return found

    def let_go(self, partition: int, before: int) -> None:
        """Delete the partition's messages before this offset, as retention does."""
        admin = AdminClient(self._settings)
        deleted = admin.delete_records([TopicPartition(self.name, partition, before)], operation_timeout=ANSWER_SECONDS)
        for done in deleted.values():
            self._asked(lambda done=done: done.result(ANSWER_SECONDS))  # type: ignore[misc]
