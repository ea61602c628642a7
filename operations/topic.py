"""The topic as the hop `topic` reads it: from the beginning, without a group; and how far the groups have read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from time import monotonic
from typing import Final, TypeVar

from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from commerce.raw import RawLine
from commerce.wire import SCHEMA_HEADER
from operations.errors import StoreUnreachable
from operations.reconcile.patience import NEVER_COMMITTED
from stores.target import Target
from stores.topic import reader_settings

ANSWER_SECONDS: Final = 20.0
SILENCE_SECONDS: Final = 60.0
_MESSAGES_A_CALL: Final = 5_000

Answer = TypeVar("Answer")


class Topic:
    """A target's topic; raises `StoreUnreachable` if the brokers do not answer.

    A context manager.
    """

    def __init__(self, target: Target, patience_seconds: float = 0.0) -> None:
        """A topic whose brokers are waited for this long, `ANSWER_SECONDS` at least."""
        self.name = target.topic
        self._answer_seconds = max(ANSWER_SECONDS, patience_seconds)
        self._silence_seconds = max(SILENCE_SECONDS, patience_seconds)
        self._settings = reader_settings(target.bootstrap_servers, target.kafka_security) | {
            "log_level": 2,
            "queued.max.messages.kbytes": 16_384,  # read ahead, of 64 MB by default
            # at the end of a partition the broker holds a fetch back, 500 ms by default, and the next partition's too
            "fetch.wait.max.ms": 10,
        }
        self._where = f"topic {target.topic} at {target.bootstrap_servers}"

    def __enter__(self) -> "Topic":
        return self

    def __exit__(self, *_: object) -> None:
        if "_consumer" in self.__dict__:
            self._consumer.close()

    @cached_property
    def _consumer(self) -> Consumer:
        """The consumer, created when it is first needed: judging only tables needs no brokers."""
        return Consumer(self._settings)

    def partitions(self) -> list[int]:
        """The topic's partitions."""
        found = self._asked(lambda: self._consumer.list_topics(self.name, self._answer_seconds)).topics[self.name]
        if found.error is not None:
            raise StoreUnreachable(f"{self._where}: {found.error.str()}")
        return sorted(found.partitions)

    def bounds(self, partition: int) -> tuple[int, int]:
        """The partition's first offset, and the offset of its next message."""
        asked = TopicPartition(self.name, partition)
        start, end = self._asked(lambda: self._consumer.get_watermark_offsets(asked, self._answer_seconds))
        return start, end

    def committed(self, group: str, partitions: Iterable[int]) -> Mapping[int, int]:
        """The group's next offset in each partition, or `NEVER_COMMITTED`; without joining the group."""
        member = Consumer(self._settings | {"group.id": group})
        try:
            asked = [TopicPartition(self.name, partition) for partition in partitions]
            answers = self._asked(lambda: member.committed(asked, self._answer_seconds))
            return {one.partition: one.offset if one.offset >= 0 else NEVER_COMMITTED for one in answers}
        finally:
            member.close()

    def read(self, partition: int, start: int, end: int) -> Iterator[RawLine]:
        """The partition's messages from `start` to before `end`, in order; those that expire meanwhile are left out."""
        return (_raw_line(partition, message) for message in self._messages(partition, start, end))

    def last_dated_by_sender(self, partition: int, start: int, end: int) -> int | None:
        """The offset of the last of these messages that its sender dated, not the broker; None if there is none."""
        found = None
        for message in self._messages(partition, start, end):
            if message.timestamp()[0] != TIMESTAMP_LOG_APPEND_TIME:
                found = message.offset()
        return found

    def let_go(self, partition: int, before: int) -> None:
        """Delete the partition's messages before this offset, as retention does."""
        admin = AdminClient(self._settings)
        deleted = admin.delete_records([TopicPartition(self.name, partition, before)], operation_timeout=ANSWER_SECONDS)
        for done in deleted.values():
            self._asked(lambda done=done: done.result(ANSWER_SECONDS))  # type: ignore[misc]

    def _messages(self, partition: int, start: int, end: int) -> Iterator[Message]:
        if start >= end:
            return
        self._consumer.assign([TopicPartition(self.name, partition, start)])
        heard = monotonic()
        while True:
            messages = self._asked(lambda: self._consumer.consume(_MESSAGES_A_CALL, 0.05))
            if messages:
                heard = monotonic()
            elif monotonic() - heard > self._silence_seconds:
                raise StoreUnreachable(
                    f"{self._where}: partition {partition} gave nothing for {self._silence_seconds:.0f} s"
                )
            for message in messages:
                if (error := message.error()) is not None:
                    if error.code() == KafkaError._PARTITION_EOF:
                        return
                    raise StoreUnreachable(f"{self._where}, partition {partition}: {error.str()}")
                offset = message.offset()
                assert offset is not None  # only events without a message have none
                if offset < end:
                    yield message
                if offset >= end - 1:
                    return

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except KafkaException as error:
            raise StoreUnreachable(f"{self._where} does not answer: {error.args[0].str()}") from error


def _raw_line(partition: int, message: Message) -> RawLine:
    """The message in the raw archive's form."""
    offset = message.offset()
    assert offset is not None  # only events without a message have none
    key, value = _bytes(message.key()), _bytes(message.value())
    return RawLine(partition, offset, message.timestamp()[1], _schema(message), key, value)


def _schema(message: Message) -> int | None:
    """The version in the message's last `schema` header if it is one byte, as the raw archive reads it."""
    for name, value in reversed(list(message.headers() or [])):
        if name == SCHEMA_HEADER:
            return value[0] if isinstance(value, bytes) and len(value) == 1 else None
    return None


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
