"""When a function, Kafka or the event source itself fails, it delivers again and never skips."""

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Consumer

from local.parts import kafka as kafka_part
from local.parts.ports import LOOPBACK, free_ports
from local.processes import Process, await_ready
from tests.local.event_source.conftest import Runner, Topic, await_committed
from tests.local.event_source.lambda_service import (
    DEADLINE_SECONDS,
    FAILED,
    TAKEN,
    THROTTLED,
    Answer,
    eventually,
    serving,
)

pytestmark = pytest.mark.parts

NewTopic = Callable[..., Topic]
Feed = Callable[..., Runner]


def test_a_refused_batch_is_delivered_again_whole_and_committed_only_when_it_is_taken(
    new_topic: NewTopic, feed: Feed
) -> None:
    topic, held = new_topic(), threading.Event()
    answers = [FAILED, THROTTLED, FAILED, Answer(after=held)]
    topic.send(*[{"value": b"%d" % n} for n in range(10)])
    with serving(lambda n: answers[n]) as (service, endpoint), feed(topic, endpoint, window_seconds=1).running() as it:
        eventually(lambda: len(service.invocations) == 4, lambda: service.invocations)
        assert topic.committed() == {}
        held.set()
        await_committed(topic, {0: 10})

    assert [one.offsets for one in service.invocations] == 4 * [{0: list(range(10))}]
    assert "Unhandled ValueError: no order line" in it.log
    assert "ReservedFunctionConcurrentInvocationLimitExceeded" in it.log
    assert '"attempt": 4' in it.log


def test_a_function_that_always_fails_stalls_its_partitions_and_skips_nothing(new_topic: NewTopic, feed: Feed) -> None:
    topic = new_topic()
    topic.send(*[{"value": b"%d" % n} for n in range(6)])
    with serving(lambda _: FAILED) as (service, endpoint), feed(topic, endpoint, batch_size=3).running():
        eventually(lambda: len(service.invocations) >= 5, lambda: service.invocations)

    firsts = {one.messages[0].offset for one in service.invocations}
    assert (firsts, topic.committed()) == ({0}, {})


def test_a_restart_resumes_after_what_was_committed(new_topic: NewTopic, feed: Feed) -> None:
    topic = new_topic()
    topic.send({"value": b"1"}, {"value": b"2"})
    with serving() as (service, endpoint):
        runner = feed(topic, endpoint)
        with runner.running() as source:
            eventually(lambda: len(service.taken) == 2, lambda: service.taken)
            assert source.stop() == 0
        topic.send({"value": b"3"})
        with runner.running():
            eventually(lambda: len(service.taken) == 3, lambda: service.taken)
            await_committed(topic, {0: 3})

    assert [message.value for message in service.taken] == [b"1", b"2", b"3"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_batch_that_was_in_hand_when_the_process_ended_is_delivered_again(
    new_topic: NewTopic, feed: Feed, number: signal.Signals
) -> None:
    topic, never = new_topic(), threading.Event()
    topic.send(*[{"value": b"%d" % n} for n in range(20)])
    with serving(lambda n: Answer(after=never) if n == 1 else TAKEN) as (service, endpoint):
        runner = feed(topic, endpoint, batch_size=10, window_seconds=60)
        with runner.running() as source:
            eventually(lambda: len(service.invocations) == 2, lambda: service.invocations)
            began = time.monotonic()
            assert source.stop(number) == (0 if number == signal.SIGTERM else -9)
        assert topic.committed() == {0: 10}
        with runner.running():
            eventually(lambda: len(service.invocations) == 3, lambda: service.invocations)
            assert time.monotonic() - began < 44  # Kafka gives a dead dynamic member 45 s
            await_committed(topic, {0: 20})
        never.set()

    assert [one.offsets for one in service.invocations] == [{0: list(range(10))}] + 2 * [{0: list(range(10, 20))}]


def test_partitions_that_another_member_takes_and_gives_back_are_delivered_from_the_committed_offsets(
    new_topic: NewTopic, feed: Feed
) -> None:
    topic = new_topic(partitions=4)
    topic.send(*[{"partition": n % 4, "value": b"%d" % n} for n in range(40)])
    with serving() as (service, endpoint), feed(topic, endpoint, window_seconds=1).running():
        eventually(lambda: len(service.taken) == 40, lambda: len(service.taken))
        other = a_member(topic)
        eventually(lambda: other.poll(0.1) or other.assignment(), other.assignment)
        assert 0 < len(other.assignment()) < 4
        topic.send(*[{"partition": n % 4, "value": b"%d" % n} for n in range(40, 80)])
        eventually(lambda: len(other.consume(100, 0.2)) > 0, other.assignment)  # read, but never committed
        other.close()
        eventually(lambda: len({m.value for m in service.taken}) == 80, lambda: len(service.taken))
        await_committed(topic, dict.fromkeys(range(4), 20))

    for partition in range(4):
        taken = [message.offset for message in service.taken if message.partition == partition]
        assert list(dict.fromkeys(taken)) == list(range(20))


def test_a_rebalance_while_a_batch_is_refused_leaves_no_partition_paused(new_topic: NewTopic, feed: Feed) -> None:
    topic, mended = new_topic(partitions=4), threading.Event()
    topic.send(*[{"partition": n % 4, "value": b"%d" % n} for n in range(40)])
    with (
        serving(lambda _: TAKEN if mended.is_set() else FAILED) as (service, endpoint),
        feed(topic, endpoint).running() as source,
    ):
        eventually(lambda: len(service.invocations) >= 4, lambda: service.invocations)
        other = a_member(topic)
        eventually(lambda: other.poll(0.1) or other.assignment(), lambda: source.log)
        other.close()
        mended.set()
        await_committed(topic, dict.fromkeys(range(4), 10))


def test_the_kafka_client_hands_out_no_messages_of_partitions_that_were_taken_away_during_the_call(
    new_topic: NewTopic,
) -> None:
    topic, joined = new_topic(partitions=2), threading.Event()
    both = [{"partition": n % 2, "value": b"%d" % n} for n in range(10)]
    topic.send(*both)
    member, other = a_member(topic), Consumer(a_group_member(topic))

    def join() -> None:
        time.sleep(1.5)  # `member` has all messages by then, and its call still waits for more
        other.subscribe([topic.name])
        eventually(lambda: other.poll(0.1) or other.assignment(), other.assignment)
        joined.set()
        topic.send(*both, *both)  # which end the call, when the partitions have changed hands

    thread = threading.Thread(target=join)
    thread.start()
    messages = member.consume(len(both) + 1, DEADLINE_SECONDS)
    thread.join()

    assert joined.is_set()
    (mine,) = {partition.partition for partition in member.assignment()}
    assert [(message.partition(), message.offset()) for message in messages] == [(mine, n) for n in range(11)]
    other.close()
    member.close()


def a_group_member(topic: Topic) -> dict[str, str | int | bool]:
    """Another member of the mapping's group."""
    return {
        "bootstrap.servers": topic.servers,
        "group.id": topic.group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "heartbeat.interval.ms": 300,
    }


def a_member(topic: Topic) -> Consumer:
    member = Consumer(a_group_member(topic))
    member.subscribe([topic.name])
    return member


def test_a_second_event_source_of_the_same_mapping_fences_the_first_which_ends_and_says_why(
    new_topic: NewTopic, feed: Feed
) -> None:
    topic = new_topic()
    with serving() as (service, endpoint):
        runner = feed(topic, endpoint)
        with runner.running() as first, runner.running():
            assert first.process.wait(DEADLINE_SECONDS) == 1
            assert "event source: archive-events-" in first.log
            assert "Static consumer fenced by other consumer" in first.log.splitlines()[-1]
            topic.send({"value": b"1"})
            eventually(lambda: service.taken, lambda: service.invocations)


def test_a_broker_that_is_killed_and_comes_back_loses_and_repeats_no_committed_batch(
    new_topic: NewTopic, feed: Feed, parts_folder: Path
) -> None:
    port, controller_port = free_ports(2)
    folder = parts_folder / "killed-kafka"
    program = kafka_part.program(port, controller_port, folder / "data", folder, folder / "log")
    broker = Process(program)
    try:
        await_ready([broker])
        topic = new_topic(servers=f"{LOOPBACK}:{port}")
        topic.send({"value": b"1"})
        with serving() as (service, endpoint), feed(topic, endpoint).running() as source:
            eventually(lambda: service.taken, lambda: service.invocations)
            await_committed(topic, {0: 1})
            broker.identity.send(signal.SIGKILL)
            eventually(lambda: broker.exit_code is not None, lambda: broker.exit_code)
            broker = Process(program)
            await_ready([broker])
            topic.send({"value": b"2"})
            eventually(lambda: len(service.taken) == 2, lambda: source.log)
            await_committed(topic, {0: 2})
    finally:
        broker.stop()

    assert [message.value for message in service.taken] == [b"1", b"2"]
