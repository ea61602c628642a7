"""One poller of a mapping: a member of its consumer group that feeds the function, one batch at a time."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from threading import Event
from time import monotonic
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from local.event_source.batches import Gathering, Limits
from local.event_source.delivery import Answer, Commit, GiveUp, Invoke, Rest, delivery
from local.event_source.events import PAYLOAD_LIMIT_BYTES, EventFormat, Record
from local.event_source.feed import Feed
from local.event_source.filters import passes
from local.event_source.invocations import Function, Invocation, backoff_seconds
from local.event_source.member import consumer_settings, fix_start
from local.event_source.partial_answers import failed_records
from local.log_records import log

LISTEN_SECONDS: Final = 0.25
"""Seconds of one call into Kafka, and so the time until a stop is noticed."""

BEGIN_SECONDS: Final = 0.05

AT_ONCE: Final = 1_000
"""Records requested in one call while a window runs: a call with a time-out waits until it has them."""


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
        self._on_error, self._destination = mapping.on_error, feed.destination
        self._fixes_start = mapping.starting_position != "TRIM_HORIZON"
        self._starting_timestamp = mapping.starting_timestamp
        filtered = passes(mapping.filters) if mapping.filters else None
        self._format = EventFormat(mapping.topic, mapping.cluster_arn, feed.bootstrap_servers, filtered)
        self._gathering = Gathering(
            Limits(
                records=mapping.batch_size,
                window_seconds=mapping.window_seconds,
                payload_bytes=PAYLOAD_LIMIT_BYTES - self._format.frame_bytes,
                partition_bytes=self._format.partition_bytes,
            )
        )
        self._function = Function(feed.lambda_endpoint, mapping.function, feed.function_timeout_seconds, feed.signer)
        self._consumer = Consumer(consumer_settings(feed, number))
        self.failing_since: float | None = None
        """The time by the monotonic clock at which the batch in hand failed first, or the destination of what is given
        up; None while nothing fails, and once what failed is given up."""
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
        """Carry out the plan of the batch's delivery.

        The rest of it is dropped, without a commit, when the stop is asked for or its partitions are taken away: then
        it is delivered again from the committed offsets.
        """
        assignment, answer = self._assignment, None
        plan = delivery(records, self._on_error, milliseconds)
        for instruction_number in count():
            try:
                instruction = plan.send(answer)
            except StopIteration:
                return
            answer = None
            match instruction:
                case Invoke(some, attempt) if not instruction_number or self._goes_on(assignment):
                    answer = self._invoke(some, attempt)
                case Rest(attempt):
                    self._rest(backoff_seconds(attempt), assignment)
                case GiveUp() if self._give_up(instruction, assignment):
                    self.failing_since = None
                case Commit(offsets):
                    self._commit(offsets)
                case _:
                    return

    def _goes_on(self, assignment: int) -> bool:
        """Serve the consumer group; whether the records of this assignment are still to be delivered."""
        self._rest(0.0, assignment)
        return not self._stop.is_set() and self._assignment == assignment

    def _invoke(self, records: Sequence[Record], attempt: int) -> Answer:
        """Invoke the function with these records, and read its answer."""
        payload, began = self._format.payload(records), monotonic()
        fits = len(payload) <= PAYLOAD_LIMIT_BYTES
        ended = self._function.invoke(payload) if fits else too_large(len(payload))
        failed = failed_records(ended.body, self._topic, records) if self._reads_partial(ended) else ()
        if ended.error is None and not failed:
            self.failing_since = None
        elif self.failing_since is None:
            self.failing_since = began
        log(
            poller=self.name,
            records=len(records),
            partitions=spans(records),
            bytes=len(payload),
            attempt=attempt,
            ms=round(1000 * (monotonic() - began)),
            error=ended.error,
            failed=spans(failed) or None,
        )
        return Answer(ended.error, failed, ended.ran, fits, ended.request_id)

    def _reads_partial(self, ended: Invocation) -> bool:
        return self._on_error.partial_answers and ended.error is None

    def _give_up(self, given_up: GiveUp, assignment: int) -> bool:
        """Write the records to the on-failure destination; False if that failed and the delivery does not go on."""
        records, payload = given_up.records, self._format.payload(given_up.records)
        for attempt in count(1):
            error = self._destination.take(given_up, payload, milliseconds())
            log(poller=self.name, given_up=spans(records), condition=given_up.condition, error=error)
            if error is None:
                return True
            self.failing_since = self.failing_since or monotonic()
            self._rest(backoff_seconds(attempt), assignment)
            if not self._goes_on(assignment):
                return False
        return False

    def _rest(self, seconds: float, assignment: int) -> None:
        """Wait without taking new messages, while serving the consumer group, which else removes this member."""
        until = monotonic() + seconds
        self._consumer.pause(self._consumer.assignment())
        while not self._stop.is_set() and self._assignment == assignment:
            left = max(0.0, until - monotonic())
            message = self._consumer.poll(min(left, LISTEN_SECONDS))
            self._keep([] if message is None else [message])
            if not left:
                break
        self._consumer.resume(self._consumer.assignment())

    def _commit(self, ends: Mapping[int, int]) -> None:
        """Commit these offsets; a commit that fails is only logged: the records are delivered again."""
        offsets = [TopicPartition(self._topic, partition, end) for partition, end in ends.items()]
        try:
            answers = self._consumer.commit(offsets=offsets, asynchronous=False)
            errors = [answer.error for answer in answers if answer.error]
        except KafkaException as failure:
            errors = [failure.args[0]]
        for error in errors:
            log(poller=self.name, commit=ends, kafka=str(error))
            if error.fatal():
                raise KafkaException(error)

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._assignment += 1
        if self._fixes_start and partitions:
            fix_start(consumer, partitions, self._starting_timestamp)
        consumer.assign(partitions)
        consumer.resume(partitions)  # a pause outlives a rebalance
        log(poller=self.name, assigned=sorted(partition.partition for partition in partitions))
        self._subscribed()

    def _on_revoke(self, _: Consumer, __: list[TopicPartition]) -> None:
        self._assignment += 1
        self.failing_since = None
        self._gathering.drop()


def spans(records: Sequence[Record]) -> dict[str, str]:
    """The first and last offset of each partition.

    >>> spans([Record(1, 7, b""), Record(0, 3, b""), Record(1, 9, b"")])
    {'1': '7–9', '0': '3–3'}
    """
    last = {record.partition: record.offset for record in records}
    first = {record.partition: record.offset for record in reversed(records)}
    return {str(partition): f"{first[partition]}–{end}" for partition, end in last.items()}


def too_large(size: int) -> Invocation:
    """The end of an invocation that Lambda would refuse for the size of its event."""
    why = f"one record makes an event of {size} bytes, Lambda takes {PAYLOAD_LIMIT_BYTES}: stalled"
    return Invocation(why, ran=False)


def milliseconds() -> int:
    """The time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
