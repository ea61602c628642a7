"""A consumer reads the messages of each partition out of AWS's Kafka event."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commerce.kafka_events import MalformedEvent, Message, Partition, by_partition, schema, trace

Event = dict[str, Any]

EVENT = Path(__file__).parent.parent / "events" / "kafka.json"


@pytest.fixture
def event() -> Event:
    """AWS's example with our topic: two partitions, null and absent fields, signed header bytes, a name twice."""
    loaded: Event = json.loads(EVENT.read_text("utf-8"))
    return loaded


def a_message(*headers: tuple[str, list[int] | None]) -> Message:
    return Message("order-lines", 0, 0, 0, "LOG_APPEND_TIME", headers=[{name: value} for name, value in headers])


def test_the_event_gives_each_partition_its_messages_in_order(event: Event) -> None:
    assert [(partition, list(messages)) for partition, messages in by_partition(event)] == [
        (
            Partition("order-lines", 0),
            [
                Message(
                    "order-lines",
                    0,
                    15,
                    1545084650987,
                    "LOG_APPEND_TIME",
                    b"536365",
                    b"Hello, this is a test.",
                    [{"schema": [1]}],
                ),
                Message(
                    "order-lines",
                    0,
                    17,
                    1545084650988,
                    "LOG_APPEND_TIME",
                    None,
                    None,
                    [{"greeting": [104, -61, -85]}, {"schema": [-1]}, {"greeting": None}],
                ),
            ],
        ),
        (
            Partition("order-lines", 3),
            [Message("order-lines", 3, 0, 1545084650990, "CREATE_TIME", None, b"", [])],
        ),
    ]


def test_a_topic_whose_name_ends_like_a_partition_is_told_from_the_records(event: Event) -> None:
    record = event["records"]["order-lines-3"][0] | {"topic": "order-lines-3", "partition": 12}
    event["records"] = {"order-lines-3-12": [record]}

    assert [partition for partition, _ in by_partition(event)] == [Partition("order-lines-3", 12)]


def test_a_partition_without_records_is_left_out(event: Event) -> None:
    event["records"]["order-lines-0"] = []

    assert [partition for partition, _ in by_partition(event)] == [Partition("order-lines", 3)]


def many_records(event: Event, count: int) -> None:
    """Give the event's first partition so many records."""
    record = event["records"]["order-lines-0"][0]
    event["records"]["order-lines-0"] = [record | {"offset": offset} for offset in range(count)]


def test_each_of_many_records_becomes_a_message_in_order(event: Event) -> None:
    many_records(event, 1_201)

    (_, messages), _ = by_partition(event)

    assert [message.offset for message in messages] == list(range(1_201))


def test_a_late_bad_record_of_many_is_refused_before_any_message_is_given(event: Event) -> None:
    many_records(event, 1_201)
    event["records"]["order-lines-0"][-1]["timestamp"] = "today"

    with pytest.raises(MalformedEvent, match="Expected `int`, got `str`"):
        by_partition(event)


def test_the_records_are_released_when_they_have_become_messages(event: Event) -> None:
    records = event["records"]["order-lines-0"]
    held = sys.getrefcount(records[0])

    messages = list(by_partition(event))
    held_after = sys.getrefcount(records[0])

    assert messages
    assert "records" not in event
    assert held_after == held


def test_a_partition_is_named_as_in_the_event() -> None:
    assert str(Partition("order-lines", 3)) == "order-lines-3"


@pytest.mark.parametrize(
    ("message", "version"),
    [
        (a_message(), None),
        (a_message(("schema", [1])), 1),
        (a_message(("schema", [-1])), 255),
        (a_message(("schema", [255])), 255),
        (a_message(("schema", [1]), ("trace", [120]), ("schema", [2])), 2),
        (a_message(("schema", None)), None),
        (a_message(("schema", [])), None),
        (a_message(("schema", [0, 1])), None),
        (a_message(("Schema", [1])), None),
    ],
)
def test_the_schema_is_the_last_header_of_that_name_where_it_is_one_byte(message: Message, version: int | None) -> None:
    assert schema(message) == version


ROOT = "1-5e9a1f00-0123456789abcdef01234567"
ROOT_BYTES = [*ROOT.encode()]


@pytest.mark.parametrize(
    ("message", "root"),
    [
        (a_message(("schema", [1])), None),
        (a_message(("schema", [1]), ("trace", ROOT_BYTES)), ROOT),
        (a_message(("trace", ROOT_BYTES), ("trace", [120])), None),
        (a_message(("trace", None)), None),
        (a_message(("trace", [-1] * 35)), None),
        (a_message(("trace", [*b"Mrs Mary Smith, 12 High Street, Oxf"])), None),
        (a_message(("trace", [*ROOT_BYTES, 10])), None),
    ],
)
def test_the_trace_is_the_last_header_of_that_name_where_it_is_a_root(message: Message, root: str | None) -> None:
    assert trace(message) == root


def _set(name: str, value: Any) -> Callable[[Event], None]:
    return lambda event: event["records"]["order-lines-0"][1].__setitem__(name, value)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda event: event.pop("records"), "records"),
        (lambda event: event.pop("eventSource"), "eventSource"),
        (lambda event: event.update(eventSource="aws:sqs"), "'aws:sqs'"),
        (lambda event: event.update(records=[]), "Expected `object`"),
        (lambda event: event["records"].update({"order-lines-0": None}), "Expected `array`"),
        (_set("offset", "17"), "Expected `int`, got `str`"),
        (_set("offset", 15), "order-lines-0: offset 15 stands after 15"),
        (_set("value", "not base64"), "base64"),
        (_set("headers", [{"schema": "AQ=="}]), "Expected `array"),
        (_set("headers", [{"schema": [256]}]), "<= 255"),
        (_set("partition", 3), "a record of order-lines-3 stands under order-lines-0"),
        (_set("topic", "others"), "a record of others-0 stands under order-lines-0"),
        (lambda event: event["records"].update(other=event["records"].pop("order-lines-3")), "stands under other"),
    ],
)
def test_what_aws_would_not_send_is_refused_before_any_message_is_given(
    event: Event, spoil: Callable[[Event], None], complaint: str
) -> None:
    spoil(event)

    with pytest.raises(MalformedEvent, match=complaint):
        by_partition(event)


@pytest.mark.parametrize("event", [None, [], "text", {}])
def test_no_event_at_all_is_refused(event: Any) -> None:
    with pytest.raises(MalformedEvent):
        by_partition(event)
