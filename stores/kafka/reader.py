"""Messages of the topic, read from any offset without joining a group."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from time import monotonic
from typing import ClassVar, Final, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from commerce.errors import TillstreamError
from commerce.raw import RawLine
from commerce.wire import SCHEMA_HEADER
from stores.kafka.brokers import NEVER_COMMITTED, Answer, BrokersSilent, asked
from stores.kafka.topic import Settings

_MESSAGES_A_CALL: Final = 5_000
_PAUSE_SECONDS: Final = 0.1
_NO_COORDINATOR: Final = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
)


class TopicReader:
    """A reader of one topic; raises `unreachable` if the brokers do not answer. A context manager.

    An answer is waited for `answer_seconds`, and a partition that gives no message for `silence_seconds`.
    """

    unreachable: ClassVar[type[TillstreamError]] = BrokersSilent

    def __init__(self, topic: str, settings: Settings, *, answer_seconds: float, silence_seconds: float) -> None:
        """A reader with these settings, such as those of `stores.kafka.topic.reader_settings`."""
        self.name = topic
        self._answer_seconds = answer_seconds
        self._silence_seconds = silence_seconds
        self._settings = settings | {
            "log_level": 2,
            "queued.max.messages.kbytes": 16_384,  # read ahead, of 64 MB by default
            # at the end of a partition the broker holds a fetch back, 500 ms by default, and the next partition's too
            "fetch.wait.max.ms": 10,
        }
        self._where = f"topic {topic} at {settings['bootstrap.servers']}"

    def __enter__(self) -> Self:
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
            raise self.unreachable(f"{self._where}: {found.error.str()}")
        return sorted(found.partitions)

    def bounds(self, partition: int) -> tuple[int, int]:
        """The partition's first offset, and the offset of its next message."""
        asked = TopicPartition(self.name, partition)
        start, end = self._asked(lambda: self._consumer.get_watermark_offsets(asked, self._answer_seconds))
        return start, end

    def committed(self) -> dict[int, int]:
        """The next offset of the settings' group in each partition, or `NEVER_COMMITTED`; the group is not joined."""
        wanted = [TopicPartition(self.name, partition) for partition in self.partitions()]
        found = self._asked(lambda: self._committed(wanted))
        return {it.partition: max(it.offset, NEVER_COMMITTED) for it in found}

    def _committed(self, wanted: list[TopicPartition]) -> list[TopicPartition]:
        """Kafka's answer; asked again while the group has no coordinator yet, as on a broker that has just begun."""
        until = monotonic() + self._answer_seconds
        while True:
            try:
                return self._consumer.committed(wanted, self._answer_seconds)
            except KafkaException as error:
                if error.args[0].code() not in _NO_COORDINATOR or monotonic() > until:
                    raise
            self._consumer.poll(_PAUSE_SECONDS)

    def offset_at(self, partition: int, when: datetime) -> int | None:
        """The offset of the partition's first message of this time or later; None if there is none."""
        # negative numbers have meanings of their own to Kafka
        asked = TopicPartition(self.name, partition, max(0, round(when.timestamp() * 1000)))
        [found] = self._asked(lambda: self._consumer.offsets_for_times([asked], self._answer_seconds))
        return found.offset if found.offset >= 0 else None

    def read(self, partition: int, start: int, end: int) -> Iterator[RawLine]:
        """The partition's messages from `start` to before `end`, in order; those that expire meanwhile are left out."""
        return (_raw_line(partition, message) for message in self.messages(partition, start, end))

    def messages(self, partition: int, start: int, end: int) -> Iterator[Message]:
        """The same messages as Kafka's client gives them."""
        if start >= end:
            return
        mine = self._reading = object()
        self._consumer.assign([TopicPartition(self.name, partition, start)])
        try:
            yield from self._assigned_messages(partition, end)
        finally:
            # browse keeps its reader between requests, and librdkafka fetches for an assigned partition for ever. A
            # generator that is collected late must not take the partition from one that was begun after it
            if self._reading is mine:
                with suppress(RuntimeError):  # the reader was closed first
                    self._consumer.unassign()

    def _assigned_messages(self, partition: int, end: int) -> Iterator[Message]:
        heard = monotonic()
        while True:
            messages = self._asked(lambda: self._consumer.consume(_MESSAGES_A_CALL, 0.05))
            if messages:
                heard = monotonic()
            elif monotonic() - heard > self._silence_seconds:
                raise self.unreachable(
                    f"{self._where}: partition {partition} gave nothing for {self._silence_seconds:.0f} s"
                )
            for message in messages:
                if (error := message.error()) is not None:
                    if error.code() == KafkaError._PARTITION_EOF:
                        return
                    raise self.unreachable(f"{self._where}, partition {partition}: {error.str()}")
                offset = message.offset()
                assert offset is not None  # only events without a message have none
                if offset < end:
                    yield message
                if offset >= end - 1:
                    return

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        return asked(ask, self._where, self.unreachable)


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
