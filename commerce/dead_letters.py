"""Dead letters: the objects that Lambda writes to a mapping's on-failure destination in S3, written and read.

A dead letter is JSON. It holds a batch that Lambda gave up on, whole: `payload` is the event itself, as text.

    {"requestContext": {"requestId", "functionArn", "condition", "approximateInvokeCount"},
     "responseContext": {"statusCode", "executedVersion", "functionError"} or null,
     "version": "1.0", "timestamp": "2019-11-14T00:38:06.021Z",
     "KafkaBatchInfo": {"batchSize", "eventSourceArn", "bootstrapServers", "payloadSize",
                        "recordsInfo": {"order-lines-0": {"firstRecordOffset", "lastRecordOffset",
                                                          "firstRecordTimestamp", "lastRecordTimestamp"}}},
     "payload": "…"}

(https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html). It may hold one message or several, of one
partition or several: Lambda may write what failed together as one object.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from commerce.errors import TillstreamError
from commerce.kafka_events import MalformedEvent, Message, by_partition

RETRIES_EXHAUSTED: Final = "RetryAttemptsExhausted"
PAYLOAD_TOO_LARGE: Final = "MaximumPayloadSizeExceeded"
RECORD_TOO_OLD: Final = "RecordAgeExceeded"
"""The condition of messages that became too old. AWS documents the other two for Kafka, and none for this."""


class MalformedDeadLetter(TillstreamError):
    """The object is not a dead letter of a Kafka mapping."""


class RequestContext(msgspec.Struct, frozen=True, rename="camel"):
    """The last invocation, why Lambda gave up, and how often it had invoked the function."""

    request_id: str
    function_arn: str
    condition: str
    approximate_invoke_count: int


class ResponseContext(msgspec.Struct, frozen=True, rename="camel"):
    """The last answer of the function; `function_error` is missing where it answered that some messages failed."""

    status_code: int
    executed_version: str
    function_error: str | None = None


class Span(msgspec.Struct, frozen=True, rename="camel"):
    """The first and the last message of one partition."""

    first_record_offset: str
    last_record_offset: str
    first_record_timestamp: str
    last_record_timestamp: str


class BatchInfo(msgspec.Struct, frozen=True, rename="camel"):
    """The batch: its size, its source, and its messages' offsets by `topic-partition`."""

    batch_size: int
    event_source_arn: str
    bootstrap_servers: str
    payload_size: int
    records_info: dict[str, Span]


_NAMES: Final = {"request": "requestContext", "response": "responseContext", "batch": "KafkaBatchInfo"}


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, rename=_NAMES):
    """A batch that Lambda gave up on: `messages` reads it, `body` is the content of its object."""

    request: RequestContext
    response: ResponseContext | None = None
    version: str
    timestamp: str
    batch: BatchInfo
    payload: str

    @property
    def at(self) -> datetime:
        """The time when Lambda gave up."""
        return datetime.fromisoformat(self.timestamp)

    @property
    def body(self) -> bytes:
        """The content of its object: JSON."""
        return msgspec.json.encode(self)

    def messages(self) -> list[Message]:
        """Its messages, by partition and in order; raises `MalformedDeadLetter` if the payload is not an event."""
        try:
            event = msgspec.json.decode(self.payload, type=dict[str, Any])
            return [message for _, messages in by_partition(event) for message in messages]
        except (MalformedEvent, msgspec.DecodeError) as error:
            raise MalformedDeadLetter(f"the payload of a dead letter is not a Kafka event: {error}") from error


_decode: Final = msgspec.json.Decoder(DeadLetter).decode


def dead_letter(body: bytes) -> DeadLetter:
    """The dead letter in an object's bytes; raises `MalformedDeadLetter` for any other object."""
    try:
        return _decode(body)
    except msgspec.DecodeError as error:
        raise MalformedDeadLetter(f"not a dead letter of a Kafka mapping: {error}") from error


def spans(messages: Sequence[tuple[str, int, int]]) -> dict[str, Span]:
    """The first and last message of each partition; each is given as `topic-partition`, offset, and milliseconds."""
    first = {partition: (offset, timestamp) for partition, offset, timestamp in reversed(messages)}
    last = {partition: (offset, timestamp) for partition, offset, timestamp in messages}
    return {
        partition: Span(str(offset), str(last[partition][0]), written(timestamp), written(last[partition][1]))
        for partition, (offset, timestamp) in first.items()
    }


def written(milliseconds: int) -> str:
    """A time since 1970 as dead letters write it.

    >>> written(1291190400021)
    '2010-12-01T08:00:00.021Z'
    """
    time = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
