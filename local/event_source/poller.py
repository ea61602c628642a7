"""One poller of a mapping: a member of its consumer group that feeds the function, one batch at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from threading import Event
from time import monotonic
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from local.event_source.batches import Gathering, Limits
from local.event_source.events import PAYLOAD_LIMIT_BYTES, EventFormat, Record
from local.event_source.invocations import LONGEST_BACKOFF_SECONDS, SPARE_SECONDS, Function, backoff_seconds
from local.log_records import log
from local.platform import Mapping

LISTEN_SECONDS: Final = 0.25
"""Seconds of one call into Kafka, and so the time until a stop is noticed."""

BEGIN_SECONDS: Final = 0.05

LOOK_UP_SECONDS: Final = 30.0

AT_ONCE: Final = 1_000
"""Records requested in one call while a window runs: a call with a time-out waits until it has them."""

_START: Final = {"TRIM_HORIZON": "earliest", "LATEST": "latest"}


@dataclass(frozen=True, slots=True)
class Feed:
    """A mapping with the values that its pollers need."""

    mapping: Mapping
    function_timeout_seconds: float
    bootstrap_servers: str
    lambda_endpoint: str


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
        "auto.offset.reset": _START[feed.mapping.starting_position],
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "max.poll.interval.ms": int(1000 * (longest_rest + 60)),
        "heartbeat.interval.ms": 500,  # when a member learns that another has come
        "fetch.queue.backoff.ms": 5,  # by default a full queue rests for a second
        "queued.max.messages.kbytes": 8_192,
        "max.partition.fetch.bytes": 262_144,  # compressed: in memory it may be ten times as much
    }


class Poller:
    """Feeds one function from the partitions that its consumer group gives to this member."""

    def __init__(self, feed: Feed, number: int, begin: Event, stop: Event, subscribed: Callable[[], None]) -> None:
        """`subscribed` is called whenever the group has assigned partitions to this member, even none at all.

        Nothing is delivered before `begin`, which waits for all members: one that is with its function cannot hand
        over partitions, and the others would wait for it to start.
        """
        mapping = feed.mapping
        self.name = f"{mapping.name}-{number}"
        self._begin, self._stop, self._subscribed = begin, stop, subscribed
        self._topic = mapping.topic
        self._starts_at_the_end = mapping.starting_position == "LATEST"
        self._format = EventFormat(mapping.topic, mapping.cluster_arn, feed.bootstrap_servers)
        self._gathering = Gathering(
            Limits(
                records=mapping.batch_size,
                window_seconds=mapping.window_seconds,
                payload_bytes=PAYLOAD_LIMIT_BYTES - self._format.frame_bytes,
                partition_bytes=self._format.partition_bytes,
            )
        )
        self._function = Function(feed.lambda_endpoint, mapping.function, feed.function_timeout_seconds)
        self._consumer = Consumer(consumer_settings(feed, number))
        self._assignment = 0
        """The number of the current assignment of partitions: records of an earlier one are not processed any more."""

    def run(self) -> None:
        """Feed the function until a stop is requested; raises errors that a retry cannot cure."""
        self._consumer.subscribe([self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke)
        try:
            while not (self._begin.is_set() or self._stop.is_set()):
                self._rest(BEGIN_SECONDS, self._assignment)
            while not self._stop.is_set():
                self._gather()
                if self._gathering.due(monotonic()):
                    self._deliver(self._gathering.take(monotonic()))
        finally:
            self._consumer.close()
            self._function.close()

    def _gather(self) -> None:
        """Wait a moment for records."""
        if not len(self._gathering):
            self._keep(self._consumer.consume(1, LISTEN_SECONDS))
            if len(self._gathering) and self._gathering.room:
                self._keep(self._consumer.consume(self._gathering.room, 0))
        elif self._gathering.room and not self._gathering.due(now := monotonic()):
            wait = min(LISTEN_SECONDS, self._gathering.seconds_left(now))
            self._keep(self._consumer.consume(min(self._gathering.room, AT_ONCE), wait))

    def _keep(self, messages: Sequence[Message]) -> None:
        """Gather the messages; an error that is fatal to the client is raised, others are logged."""
        sound = [message for message in messages if message.error() is None]
        if len(sound) < len(messages):
            for error in filter(None, (message.error() for message in messages)):
                log(poller=self.name, kafka=str(error))
                if error.fatal() or error.code() == KafkaError._FATAL:
                    raise KafkaException(error)
        if sound:
            self._gathering.add(self._format.records(sound), monotonic())

    def _deliver(self, records: Sequence[Record]) -> None:
        """Invoke the function until it takes the batch, then commit.

        The batch is given up, without a commit, when the stop is asked for or its partitions are taken away: then it is
        delivered again from the committed offsets.
        """
        payload, assignment = self._format.payload(records), self._assignment
        for attempt in count(1):
            began = monotonic()
            failure = self._invoke(payload)
            log(
                poller=self.name,
                records=len(records),
                partitions=spans(records),
                bytes=len(payload),
                attempt=attempt,
                ms=round(1000 * (monotonic() - began)),
                error=failure,
            )
            if failure is None:
                return self._commit(records)
            self._rest(backoff_seconds(attempt), assignment)
            if self._stop.is_set() or self._assignment != assignment:
                return None
        return None

    def _invoke(self, payload: bytes) -> str | None:
        if len(payload) > PAYLOAD_LIMIT_BYTES:  # AWS may drop such a record (MaximumPayloadSizeExceeded); we never do
            return f"one record makes an event of {len(payload)} bytes, Lambda takes {PAYLOAD_LIMIT_BYTES}: stalled"
        return self._function.invoke(payload)

    def _rest(self, seconds: float, assignment: int) -> None:
        """Wait without taking new messages, while serving the consumer group, which else removes this member."""
        until = monotonic() + seconds
        self._consumer.pause(self._consumer.assignment())
        while (left := until - monotonic()) > 0 and not self._stop.is_set() and self._assignment == assignment:
            message = self._consumer.poll(min(left, LISTEN_SECONDS))
            self._keep([] if message is None else [message])
        self._consumer.resume(self._consumer.assignment())

    def _commit(self, records: Sequence[Record]) -> None:
        """Commit the offsets after these records; a commit that fails is only logged: they are delivered again."""
        ends = {record.partition: record.offset + 1 for record in records}
        offsets = [TopicPartition(self._topic, partition, end) for partition, end in ends.items()]
        try:
            answers = self._consumer.commit(offsets=offsets, asynchronous=False)
            errors = [answer.error for answer in answers if answer.error]
        except KafkaException as failure:
            errors = [failure.args[0]]
        for error in errors:
            log(poller=self.name, commit=spans(records), kafka=str(error))
            if error.fatal():
                raise KafkaException(error)

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._assignment += 1
        if self._starts_at_the_end and partitions:
            fix_start(consumer, partitions)
        consumer.assign(partitions)
        consumer.resume(partitions)  # a pause outlives a rebalance
        log(poller=self.name, assigned=sorted(partition.partition for partition in partitions))
        self._subscribed()

    def _on_revoke(self, _: Consumer, __: list[TopicPartition]) -> None:
        self._assignment += 1
        self._gathering.drop()


def fix_start(consumer: Consumer, partitions: list[TopicPartition]) -> None:
    """Commit the end of each partition that has no committed offset.

    Otherwise LATEST would mean the end at the time of each assignment, and what came before the first commit would be
    skipped by a crash or another member.
    """
    new = [partition for partition in consumer.committed(partitions, LOOK_UP_SECONDS) if partition.offset < 0]
    for partition in new:
        _, partition.offset = consumer.get_watermark_offsets(partition, LOOK_UP_SECONDS)
    if new:
        consumer.commit(offsets=new, asynchronous=False)


def spans(records: Sequence[Record]) -> dict[str, str]:
    """The first and last offset of each partition.

    >>> spans([Record(1, 7, b""), Record(0, 3, b""), Record(1, 9, b"")])
    {'1': '7–9', '0': '3–3'}
    """
    last = {record.partition: record.offset for record in records}
    first = {record.partition: record.offset for record in reversed(records)}
    return {str(partition): f"{first[partition]}–{end}" for partition, end in last.items()}
