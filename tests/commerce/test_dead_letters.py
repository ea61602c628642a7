"""Dead letters as AWS documents them, read and written."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commerce.dead_letters import MalformedDeadLetter, Span, dead_letter, spans
from commerce.kafka_events import by_partition

EVENTS = Path(__file__).parent.parent / "events"
EVENT = (EVENTS / "kafka.json").read_text("utf-8")


def documented(**changes: Any) -> dict[str, Any]:
    """The example of https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html, with a whole event."""
    example: dict[str, Any] = json.loads((EVENTS / "dead_letter.json").read_text("utf-8"))
    return example | {"payload": EVENT} | changes


def test_the_messages_of_awss_example_are_those_of_its_event() -> None:
    letter = dead_letter(json.dumps(documented()).encode())

    assert letter.messages() == [message for _, them in by_partition(json.loads(EVENT)) for message in them]
    assert (letter.request.condition, letter.request.approximate_invoke_count) == ("RetryAttemptsExhausted", 1)
    assert letter.at == datetime(2019, 11, 14, 0, 38, 6, 21_000, UTC)


def test_a_dead_letter_is_written_as_it_was_read() -> None:
    assert json.loads(dead_letter(json.dumps(documented()).encode()).body) == documented()


def test_a_payload_that_was_too_large_for_the_function_has_no_answer_of_it() -> None:
    letter = dead_letter(json.dumps(documented(responseContext=None)).encode())

    assert letter.response is None
    assert json.loads(letter.body)["responseContext"] is None
    without = {name: value for name, value in documented().items() if name != "responseContext"}
    assert dead_letter(json.dumps(without).encode()) == letter


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", json.dumps(documented(KafkaBatchInfo=None)).encode()])
def test_another_object_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedDeadLetter, match="not a dead letter of a Kafka mapping"):
        dead_letter(body)


@pytest.mark.parametrize("payload", ["", "[]", "{}", '{"eventSource":"aws:sqs","records":{}}'])
def test_a_dead_letter_whose_payload_is_no_event_is_refused_when_its_messages_are_read(payload: str) -> None:
    letter = dead_letter(json.dumps(documented(payload=payload)).encode())

    with pytest.raises(MalformedDeadLetter, match="the payload of a dead letter is not a Kafka event"):
        letter.messages()


def test_the_first_and_last_message_of_each_partition_are_named() -> None:
    given = [("t-0", 7, 1_291_190_400_000), ("t-1", 3, 1_291_190_400_500), ("t-0", 9, 1_291_190_401_021)]

    assert spans(given) == {
        "t-0": Span("7", "9", "2010-12-01T08:00:00.000Z", "2010-12-01T08:00:01.021Z"),
        "t-1": Span("3", "3", "2010-12-01T08:00:00.500Z", "2010-12-01T08:00:00.500Z"),
    }
    assert msgspec.to_builtins(spans(given[:1]))["t-0"] == {
        "firstRecordOffset": "7",
        "lastRecordOffset": "7",
        "firstRecordTimestamp": "2010-12-01T08:00:00.000Z",
        "lastRecordTimestamp": "2010-12-01T08:00:00.000Z",
    }
