"""Kafka messages in AWS's event format, written as JSON bytes without a dict a record."""

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import msgspec
from confluent_kafka import Message

PAYLOAD_LIMIT_BYTES: Final = 6_291_456
"""Lambda's limit for one synchronous invocation: "Request must be smaller than 6291456 bytes"."""

_TIMESTAMP_TYPES: Final = ("NO_TIMESTAMP_TYPE", "CREATE_TIME", "LOG_APPEND_TIME")
"""Timestamp types by librdkafka's numbers."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One message in the event's format, and its time in milliseconds since 1970.

    A record that the mapping's filters take out is `filtered`: it has no JSON, and only its offset is committed.
    """

    partition: int
    offset: int
    json: bytes
    timestamp: int = 0
    filtered: bool = False


class _Written(msgspec.Struct, gc=False, rename={"timestamp_type": "timestampType"}):
    """A message as the event writes it: its JSON has the fields in this order, bytes in base64."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: str
    key: bytes | None
    value: bytes | None
    headers: msgspec.Raw


_END: Final = b"]"

_encode: Final = msgspec.json.Encoder().encode


class EventFormat:
    """Writes the events of one mapping."""

    def __init__(
        self, topic: str, source_arn: str, bootstrap_servers: str, passes: Callable[[bytes | None], bool] | None = None
    ) -> None:
        """`bootstrap_servers` and `source_arn` are written to each event unchanged.

        `passes` tells by a message's value whether the mapping's filters let it pass; without it all do.
        """
        self._passes = passes
        self._topic = topic
        self._list_name = json.dumps(topic).encode()[:-1]
        self._head = (
            f'{{"eventSource":"aws:kafka","eventSourceArn":{json.dumps(source_arn)},'
            f'"bootstrapServers":{json.dumps(bootstrap_servers)},"records":{{'
        ).encode()

    def records(self, messages: Iterable[Message]) -> list[Record]:
        """The messages as records, in their order."""
        records = []
        for message in messages:
            partition, offset, headers = message.partition(), message.offset(), message.headers()
            assert partition is not None
            assert offset is not None  # only a message that is yet to be sent has none
            kind, timestamp = message.timestamp()
            if self._passes is not None and not self._passes(message.value()):
                records.append(Record(partition, offset, b"", timestamp, filtered=True))
                continue
            written = _Written(
                self._topic,
                partition,
                offset,
                timestamp,
                _TIMESTAMP_TYPES[kind],
                message.key(),
                message.value(),
                _headers(tuple(headers or ())),
            )
            records.append(Record(partition, offset, _encode(written), timestamp))
        return records

    def payload(self, records: Iterable[Record]) -> bytes:
        """The event that holds these records: one list a partition, in the order given."""
        by_partition: dict[int, list[bytes]] = {}
        for record in records:
            by_partition.setdefault(record.partition, []).append(record.json)
        pieces: list[bytes] = []
        for partition, written in by_partition.items():
            written[0] = self._begin(partition) + written[0]
            written[-1] += _END
            pieces += written
        pieces = pieces or [b""]
        pieces[0] = self._head + pieces[0]
        pieces[-1] += b"}}"
        return b",".join(pieces)  # in one go: each copy of these megabytes is new memory

    @property
    def frame_bytes(self) -> int:
        """The size of an event without partitions."""
        return len(self.payload([]))

    def partition_bytes(self, partition: int) -> int:
        """The bytes that the list of one partition adds to an event beside its records, with a comma."""
        return len(self._begin(partition) + _END) + 1

    def _begin(self, partition: int) -> bytes:
        return b'%b-%d":[' % (self._list_name, partition)


@lru_cache(maxsize=1024)
def _headers(headers: tuple[tuple[str, bytes | None], ...]) -> msgspec.Raw:
    """The headers as AWS writes them: a list of one-entry objects, bytes as Java's signed numbers.

    >>> bytes(_headers((("schema", b"\\x01"), ("greeting", "hë".encode()), ("none", None))))
    b'[{"schema":[1]},{"greeting":[104,-61,-85]},{"none":null}]'
    """
    return msgspec.Raw(_encode([{name: _signed(value)} for name, value in headers]))


def _signed(value: bytes | None) -> list[int] | None:
    return None if value is None else [byte - 256 if byte > 127 else byte for byte in value]
