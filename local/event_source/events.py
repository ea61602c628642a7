"""Kafka messages in AWS's event format, written as JSON bytes without a dict a record."""

import json
from binascii import b2a_base64
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from confluent_kafka import Message

PAYLOAD_LIMIT_BYTES: Final = 6_291_456
"""Lambda's limit for one synchronous invocation: "Request must be smaller than 6291456 bytes"."""

_TIMESTAMP_TYPES: Final = (b"NO_TIMESTAMP_TYPE", b"CREATE_TIME", b"LOG_APPEND_TIME")
"""Timestamp types by librdkafka's numbers."""

_RECORD: Final = (
    b'{"topic":%b,"partition":%d,"offset":%d,"timestamp":%d,"timestampType":"%b","key":%b,"value":%b,"headers":%b}'
)


class Record(NamedTuple):
    """One message in the event's format, and its time in milliseconds since 1970.

    A record that the mapping's filters take out is `filtered`: it has no JSON, and only its offset is committed.
    """

    partition: int
    offset: int
    json: bytes
    timestamp: int = 0
    filtered: bool = False


class EventFormat:
    """Writes the events of one mapping."""

    def __init__(
        self, topic: str, source_arn: str, bootstrap_servers: str, passes: Callable[[bytes | None], bool] | None = None
    ) -> None:
        """`bootstrap_servers` and `source_arn` are written to each event unchanged.

        `passes` tells by a message's value whether the mapping's filters let it pass; without it all do.
        """
        self._passes = passes
        self._topic = json.dumps(topic).encode()
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
            written = _RECORD % (
                self._topic,
                partition,
                offset,
                timestamp,
                _TIMESTAMP_TYPES[kind],
                _base64(message.key()),
                _base64(message.value()),
                _headers(tuple(headers)) if headers else b"[]",
            )
            records.append(Record(partition, offset, written, timestamp))
        return records

    def payload(self, records: Iterable[Record]) -> bytes:
        """The event that holds these records: one list a partition, in the order given."""
        by_partition: dict[int, list[bytes]] = {}
        for record in records:
            by_partition.setdefault(record.partition, []).append(record.json)
        lists = [self._list(partition, b",".join(written)) for partition, written in by_partition.items()]
        return self._head + b",".join(lists) + b"}}"

    @property
    def frame_bytes(self) -> int:
        """The size of an event without partitions."""
        return len(self.payload([]))

    def partition_bytes(self, partition: int) -> int:
        """The bytes that the list of one partition adds to an event beside its records, with a comma."""
        return len(self._list(partition, b"")) + 1

    def _list(self, partition: int, written: bytes) -> bytes:
        return b'%b-%d":[%b]' % (self._topic[:-1], partition, written)


def _base64(value: bytes | None) -> bytes:
    return b"null" if value is None else b'"%b"' % b2a_base64(value, newline=False)


@lru_cache(maxsize=1024)
def _headers(headers: tuple[tuple[str, bytes | None], ...]) -> bytes:
    """The headers as AWS writes them: a list of one-entry objects, bytes as Java's signed numbers.

    >>> _headers((("schema", b"\\x01"), ("greeting", "hë".encode()), ("none", None)))
    b'[{"schema":[1]},{"greeting":[104,-61,-85]},{"none":null}]'
    """
    return json.dumps([{name: _signed(value)} for name, value in headers], separators=(",", ":")).encode()


def _signed(value: bytes | None) -> list[int] | None:
    return None if value is None else [byte - 256 if byte > 127 else byte for byte in value]
