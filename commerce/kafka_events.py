"""The messages of a Kafka event that AWS Lambda passes to a consumer.

    {"eventSource": "aws:kafka", "eventSourceArn": …, "bootstrapServers": …,
     "records": {"order-lines-0": [{"topic", "partition", "offset", "timestamp", "timestampType",
                                    "key", "value", "headers": [{"name": [byte, …]}]}, …], …}}

One event may hold several partitions; order holds inside a partition, and a message may be delivered again in another
event with other borders (https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html).
"""

from collections.abc import Iterator, MutableMapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec

from commerce import traces
from commerce.errors import TillstreamError

CREATE_TIME: Final = "CREATE_TIME"
LOG_APPEND_TIME: Final = "LOG_APPEND_TIME"

_SCHEMA: Final = "schema"


class MalformedEvent(TillstreamError):
    """The event is not a Kafka event of AWS Lambda: the function has another trigger, and a retry cannot help."""


class Partition(msgspec.Struct, frozen=True, order=True):
    """One partition of a topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


_Byte = Annotated[int, msgspec.Meta(ge=-128, le=255)]

Headers = list[dict[str, list[_Byte] | None]]
"""Headers as the event writes them: one-entry objects in order, the bytes as numbers."""


class Message(msgspec.Struct, frozen=True, gc=False, rename={"timestamp_type": "timestampType"}):
    """One Kafka message, in the event's form: `timestamp` in milliseconds since 1970; a name of `headers` may repeat.

    A null key or value may be left out.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: str
    key: bytes | None = None
    value: bytes | None = None
    headers: Headers = []


_AT_ONCE: Final = 100
"""Records that are converted together: one by one takes a fifth more time, all together the memory of an event."""


# resolved here: docs/adr/0005-libraries.md
_MESSAGES: Final = msgspec.json.Decoder(list[Message])


def by_partition(event: MutableMapping[str, Any]) -> Iterator[tuple[Partition, Sequence[Message]]]:
    """Each partition of the event with its messages, in the event's order.

    The records are taken out of the event, which AWS's runtime holds until the batch ends, so that their memory is free
    for the messages that they become.

    Raises `MalformedEvent`, before anything is yielded, for what AWS would not send.
    """
    try:
        if event["eventSource"] != "aws:kafka":
            raise MalformedEvent(f"an event of {event['eventSource']!r} reached a function that consumes Kafka")
        records = msgspec.convert(event.pop("records"), dict[str, list[Any]])
        messages = {name: _messages(of_one) for name, of_one in records.items()}
    except (KeyError, TypeError) as error:
        raise MalformedEvent(f"the event is not a Kafka event: {error!r}") from error
    except msgspec.ValidationError as error:
        raise MalformedEvent(f"the event is not a Kafka event: {error}") from error
    partitions = [(name, of_one) for name, of_one in messages.items() if of_one]
    for name, of_one in partitions:
        _check(name, of_one)
    return ((Partition(of_one[0].topic, of_one[0].partition), of_one) for _, of_one in partitions)


def _messages(records: list[Any]) -> list[Message]:
    """The messages of one partition's records, which are released for them, some at a time."""
    found: list[Message] = []
    records.reverse()
    while records:
        some = [records.pop() for _ in range(min(_AT_ONCE, len(records)))]
        found += msgspec.convert(some, list[Message])
    return found


def schema(message: Message) -> int | None:
    """The version in the message's last `schema` header, which is one byte; None if there is none."""
    value = _last(message, _SCHEMA)
    # AWS writes bytes as Java's signed ones: 255 is -1
    return value[0] & 0xFF if value is not None and len(value) == 1 else None


def trace(message: Message) -> str | None:
    """The root of the sampled trace in the message's last `trace` header; None if there is none, or anything else."""
    value = _last(message, traces.HEADER)
    return _root(tuple(value)) if value and len(value) == traces.ROOT_BYTES else None


# the messages of a request carry the same trace: looked at anew each costs 4 us
@lru_cache(maxsize=256)
def _root(value: tuple[int, ...]) -> str | None:
    return traces.root_of(bytes(byte & 0xFF for byte in value))


def _last(message: Message, name: str) -> Sequence[int] | None:
    """The value of the message's last header with this name."""
    return next((header[name] for header in reversed(message.headers) if name in header), None)


def _check(name: str, records: list[Message]) -> None:
    """Raise unless all records are of the named partition, in the order of their offsets."""
    topic, partition, before = records[0].topic, records[0].partition, -1
    if name != f"{topic}-{partition}":
        raise MalformedEvent(f"a record of {topic}-{partition} stands under {name}")
    for record in records:
        if record.partition != partition or record.topic != topic:
            raise MalformedEvent(f"a record of {record.topic}-{record.partition} stands under {name}")
        if record.offset <= before:
            raise MalformedEvent(f"{name}: offset {record.offset} stands after {before}")
        before = record.offset
