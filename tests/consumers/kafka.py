"""Builders of messages, and of the events that carry them."""

import base64
from collections.abc import Sequence
from typing import Any

from commerce import wire
from commerce.kafka_events import LOG_APPEND_TIME, Message
from commerce.lines import OrderLine

TOPIC = "order-lines"
NOON = 1_291_204_800_000
"""2010-12-01T12:00:00Z in milliseconds."""


def a_message(offset: int = 0, value: bytes | None = b"{}", **fields: Any) -> Message:
    """A message in which only these fields matter, a second later for each offset."""
    usual: dict[str, Any] = {
        "topic": TOPIC,
        "partition": 0,
        "offset": offset,
        "timestamp": NOON + offset * 1_000,
        "timestamp_type": LOG_APPEND_TIME,
        "key": b"536365",
        "value": value,
        "headers": [{"schema": [1]}],
    }
    return Message(**usual | fields)


def line_messages(lines: Sequence[OrderLine], partition: int = 0) -> list[Message]:
    """Messages that carry these lines, from offset 0."""
    return [
        a_message(offset, wire.encode(line), partition=partition, key=line.InvoiceNo.encode())
        for offset, line in enumerate(lines)
    ]


def an_event(*messages: Message) -> dict[str, Any]:
    """An event with these messages."""
    records: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        records.setdefault(f"{message.topic}-{message.partition}", []).append(_record(message))
    return {"eventSource": "aws:kafka", "eventSourceArn": "arn", "bootstrapServers": "b", "records": records}


def _record(message: Message) -> dict[str, Any]:
    return {
        "topic": message.topic,
        "partition": message.partition,
        "offset": message.offset,
        "timestamp": message.timestamp,
        "timestampType": message.timestamp_type,
        "key": _base64(message.key),
        "value": _base64(message.value),
        "headers": message.headers,
    }


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


class Context:
    """An invocation's context with a minute left."""

    aws_request_id = "r-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000
