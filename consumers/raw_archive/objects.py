"""The object that holds some messages of a partition."""

import hashlib
from collections.abc import Sequence
from typing import Final

from isal import isal_zlib

from commerce.kafka_events import Message, Partition, schema
from commerce.paths import raw_key
from commerce.raw import Extent, Position, RawLine, RawObject, encode_line

COMPRESSION: Final = 2
"""ISA-L's level of its own default: 4 ms for 10,000 lines, where gzip's fastest takes 18 for a tenth more bytes."""

_GZIP: Final = 31
"""zlib's number for gzip with the largest window. The header has no time: the same messages give the same bytes."""


def raw_object(partition: Partition, position: Position, messages: Sequence[Message]) -> RawObject:
    """The object that holds these messages, which follow on `position`; its name is the first one's offset.

    Every writer that starts at the same offset names the same object, which is what makes if-none-match decide between
    them. The same messages give the same bytes.
    """
    number = partition.partition
    lines = [
        encode_line(RawLine(number, message.offset, message.timestamp, schema(message), message.key, message.value))
        for message in messages
    ]
    body = isal_zlib.compress(b"".join(lines), COMPRESSION, _GZIP)
    first = messages[0]
    extent = Extent(
        next_offset=messages[-1].offset + 1,
        count=len(messages),
        sha256=hashlib.sha256(body).hexdigest(),
        first_timestamp=first.timestamp,
        greatest_timestamp=max(position.greatest_timestamp, max(message.timestamp for message in messages)),
    )
    return RawObject(raw_key(partition.topic, number, position.epoch, first.offset, first.timestamp), body, extent)
