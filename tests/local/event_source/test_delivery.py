"""The event source delivers the messages of a real Kafka in batches, as AWS's does."""

import json
from collections.abc import Callable
from time import monotonic
from typing import Final

import pytest

from commerce.kafka_events import by_partition
from local.event_source.events import PAYLOAD_LIMIT_BYTES
from tests.local.event_source.conftest import Runner, Topic, await_committed
from tests.local.event_source.lambda_service import eventually, serving

pytestmark = pytest.mark.parts

NewTopic = Callable[..., Topic]
Feed = Callable[..., Runner]

LONG: Final = 300
"""Seconds of a window that does not end within a test: what comes has not waited for it."""


def test_every_message_arrives_once_in_order_with_several_partitions_in_one_payload(
    new_topic: NewTopic, feed: Feed
) -> None:
    topic = new_topic(partitions=6)
    topic.send(*[{"partition": n % 6, "key": b"k", "value": b"%d" % n} for n in range(600)])
    with serving() as (service, endpoint), feed(topic, endpoint, window_seconds=1, batch_size=1000).running():
        eventually(lambda: len(service.taken) >= 600, lambda: len(service.taken))
        await_committed(topic, dict.fromkeys(range(6), 100))

    by = {p: [m.value for m in service.taken if m.partition == p] for p in range(6)}
    assert by == {p: [b"%d" % n for n in range(p, 600, 6)] for p in range(6)}
    assert max(len(one.offsets) for one in service.invocations) > 1


def test_the_event_says_what_awss_says(new_topic: NewTopic, feed: Feed) -> None:
    topic = new_topic()
    topic.send({"key": b"536365", "value": b"{}", "headers": [("schema", b"\x01"), ("trace", "hë".encode())]})
    with serving() as (service, endpoint), feed(topic, endpoint).running():
        eventually(lambda: service.invocations, lambda: service.invocations)

    event = json.loads(service.invocations[0].payload)
    timestamp = event["records"][f"{topic.name}-0"][0].pop("timestamp")
    assert service.invocations[0].function == "archive"
    assert event == {
        "eventSource": "aws:kafka",
        "eventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/test/1",
        "bootstrapServers": topic.servers,
        "records": {
            f"{topic.name}-0": [
                {
                    "topic": topic.name,
                    "partition": 0,
                    "offset": 0,
                    "timestampType": "LOG_APPEND_TIME",
                    "key": "NTM2MzY1",
                    "value": "e30=",
                    "headers": [{"schema": [1]}, {"trace": [104, -61, -85]}],
                }
            ]
        },
    }
    assert timestamp > 1_600_000_000_000


def test_what_is_no_order_line_arrives_as_it_is(new_topic: NewTopic, feed: Feed) -> None:
    topic = new_topic()
    topic.send({"key": None, "value": None}, {"key": b"", "value": b""}, {"key": b"\xff", "value": b"\x00 no \xfe"})
    with serving() as (service, endpoint), feed(topic, endpoint).running():
        eventually(lambda: len(service.taken) == 3, lambda: service.taken)

    assert [(message.key, message.value) for message in service.taken] == [
        (None, None),
        (b"", b""),
        (b"\xff", b"\x00 no \xfe"),
    ]


def test_a_batch_waits_for_its_window_and_holds_what_came_meanwhile(new_topic: NewTopic, feed: Feed) -> None:
    topic, sent = new_topic(), 0
    with serving() as (service, endpoint), feed(topic, endpoint, window_seconds=2, batch_size=10_000).running():
        began = monotonic()
        while not service.invocations:  # for as long as the first window is open, on whatever machine
            topic.send({"value": b"%d" % sent})
            sent += 1
        topic.send({"value": b"%d" % sent})
        eventually(lambda: len(service.taken) > sent, lambda: service.invocations)

    first, second, *_ = service.invocations
    assert [m.value for m in service.taken] == [b"%d" % number for number in range(sent + 1)]
    assert len(first.messages) > 1
    assert first.at - began >= 2
    assert second.at - first.at >= 2


def test_a_batch_goes_when_it_has_its_size_without_waiting_for_the_window(new_topic: NewTopic, feed: Feed) -> None:
    topic = new_topic()
    topic.send(*[{"value": b"%d" % n} for n in range(25)])
    with serving() as (service, endpoint), feed(topic, endpoint, window_seconds=LONG, batch_size=10).running():
        eventually(lambda: len(service.invocations) >= 2, lambda: service.invocations)

    assert [one.offsets for one in service.invocations] == [{0: list(range(10))}, {0: list(range(10, 20))}]


def test_a_batch_is_cut_before_its_payload_passes_6_mb(new_topic: NewTopic, feed: Feed) -> None:
    topic = new_topic()
    topic.send(*[{"value": b"%d" % (n % 10) * 900_000} for n in range(11)])
    with serving() as (service, endpoint), feed(topic, endpoint, window_seconds=LONG).running():
        eventually(lambda: len(service.invocations) >= 2, lambda: service.invocations)

    assert [one.offsets for one in service.invocations] == [{0: [0, 1, 2, 3, 4]}, {0: [5, 6, 7, 8, 9]}]
    assert 6_000_000 < len(service.invocations[0].payload) <= PAYLOAD_LIMIT_BYTES


def test_a_record_that_no_payload_holds_stalls_its_poller_and_is_named_but_never_skipped(
    new_topic: NewTopic, feed: Feed
) -> None:
    topic = new_topic(**{"max.message.bytes": "9000000"})
    topic.send({"value": b"before"}, {"value": b"x" * 5_000_000}, {"value": b"after"})
    with serving() as (service, endpoint), feed(topic, endpoint).running() as source:
        eventually(lambda: source.log.count("stalled") >= 3, lambda: source.log)
        assert source.stop() == 0

    assert [message.value for message in service.taken] == [b"before"]
    assert topic.committed() == {0: 1}
    assert '"partitions": {"0": "1–1"}' in source.log


def test_latest_starts_with_what_comes_after_the_start(new_topic: NewTopic, feed: Feed) -> None:
    topic = new_topic()
    topic.send({"value": b"old"})
    with serving() as (service, endpoint), feed(topic, endpoint, starting_position="LATEST").running():
        topic.send({"value": b"new"})
        eventually(lambda: service.taken, lambda: service.invocations)

    assert [message.value for message in service.taken] == [b"new"]


def test_at_timestamp_starts_with_the_first_message_of_that_time_in_each_partition(
    new_topic: NewTopic, feed: Feed
) -> None:
    # the broker looks for expired segments every five minutes: these are half a century old
    topic = new_topic(partitions=3, **{"message.timestamp.type": "CreateTime", "retention.ms": "-1"})
    topic.send(*[{"partition": p, "value": b"%d" % p, "timestamp": 1_000_000 + p * 1_000} for p in (0, 1, 1)])
    at = {"starting_position": "AT_TIMESTAMP", "starting_timestamp": 1_001.0}
    with serving() as (service, endpoint), feed(topic, endpoint, **at).running():
        eventually(lambda: len(service.taken) == 2, lambda: service.invocations)
        await_committed(topic, {0: 1, 1: 2, 2: 0})

    assert [(message.partition, message.offset) for message in service.taken] == [(1, 0), (1, 1)]


def test_messages_that_the_filters_take_out_never_reach_the_function_and_are_committed(
    new_topic: NewTopic, feed: Feed
) -> None:
    topic = new_topic()
    topic.send(*[{"value": b'{"Country":"%b"}' % country} for country in (b"France", b"Spain", b"France", b"Spain")])
    filters = ('{"value":{"Country":["France"]}}',)
    with serving() as (service, endpoint), feed(topic, endpoint, window_seconds=1, filters=filters).running():
        await_committed(topic, {0: 4})

    assert [one.offsets for one in service.invocations] == [{0: [0, 2]}]


def test_a_mapping_that_is_off_takes_nothing(new_topic: NewTopic, feed: Feed) -> None:
    topic = new_topic()
    topic.send({"value": b"1"})
    with serving() as (service, endpoint), feed(topic, endpoint, window_seconds=1).running() as source:
        eventually(lambda: service.taken, lambda: service.invocations)

    assert '"off-' not in source.log
    assert {p.topic for one in service.invocations for p, _ in by_partition(json.loads(one.payload))} == {topic.name}
