"""The raw archive: a partition's position, an object's metadata, and its lines, written and read.

An object is gzip JSON lines, one a message, in the order of their offsets:

    {"Partition":3,"Offset":42,"Timestamp":1291190400000,"Schema":1,"Key":"536365","Line":{…}}

Line is the message's value, byte for byte, where it is one JSON object in UTF-8 without a line feed, nested no deeper
than any reader follows. Any other value is
`"Bytes"` in base64 (null for a null value), and a key that is not UTF-8 is `"KeyBytes"`.
"""

import binascii
import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Final, Self

import msgspec

from commerce.paths import RawKey

FIRST_EPOCH: Final = 1

MOST_MESSAGES: Final = 10_000
"""The most messages of an object: Lambda hands over no more at once."""

NO_TIMESTAMP: Final = -1
"""Kafka's value for a missing timestamp: nothing has been filed yet."""


class Position(msgspec.Struct, frozen=True):
    """How far a partition is filed: every message before `next_offset` is in the objects of `epoch`.

    `greatest_timestamp` is the greatest of all messages filed in this epoch, in milliseconds since 1970.
    """

    epoch: int
    next_offset: int
    greatest_timestamp: int


class Extent(msgspec.Struct, frozen=True):
    """The offsets, count and timestamps in a raw object's metadata.

    `next_offset` is where the next object begins, `count` how many messages it holds, `sha256` that of its bytes.
    `greatest_timestamp` is the greatest up to the end of this object, those before it included, so that the last
    object alone tells where its partition stands.
    """

    next_offset: int
    count: int
    sha256: str
    first_timestamp: int
    greatest_timestamp: int

    def metadata(self) -> dict[str, str]:
        """The object's user metadata in S3's form."""
        return {name.replace("_", "-"): str(getattr(self, name)) for name in self.__struct_fields__}

    @classmethod
    def of(cls, metadata: Mapping[str, str]) -> Self:
        """The extent in an object's user metadata; raises `KeyError` if a value is missing."""
        return msgspec.convert(
            {name: metadata[name.replace("_", "-")] for name in cls.__struct_fields__}, cls, strict=False
        )


# resolved here: docs/adr/0005-libraries.md
_EXTENT: Final = msgspec.json.Decoder(Extent)


class RawObject(msgspec.Struct, frozen=True):
    """An object of the raw archive, ready to be put."""

    key: RawKey
    body: bytes
    extent: Extent


class RawLine(msgspec.Struct, frozen=True, gc=False):
    """One message of a raw object; `schema` is the version in its header."""

    partition: int
    offset: int
    timestamp: int
    schema: int | None
    key: bytes | None
    value: bytes | None


class _Stored(msgspec.Struct, gc=False):
    Partition: int
    Offset: int
    Timestamp: int
    Schema: int | None
    Key: str | None = None
    KeyBytes: bytes | None = None
    Bytes: bytes | None = None


class _Object(msgspec.Struct):
    """Any JSON object: its names and values are checked, and none is kept, in a third of the time of a dict."""


# nothing before it looks like this: a quote inside the key is escaped
_LINE: Final = b',"Line":'

_DEEPEST: Final = 100
"""The deepest nesting of a value. The depth that Python itself reads differs by version and stack."""

_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])')

_check_object: Final = msgspec.json.Decoder(_Object).decode
_decode_stored: Final = msgspec.json.Decoder(_Stored).decode
_encode: Final = msgspec.json.encode


def encode_line(line: RawLine) -> bytes:
    r"""The line of a raw object that holds this message, with its line feed.

    >>> encode_line(RawLine(3, 42, 1291190400000, 1, b"536365", b'{"InvoiceNo":"536365"}'))
    b'{"Partition":3,"Offset":42,"Timestamp":1291190400000,"Schema":1,"Key":"536365","Line":{"InvoiceNo":"536365"}}\n'
    """
    value = line.value
    return b'{"Partition":%d,"Offset":%d,"Timestamp":%d,"Schema":%b,%b,%b}\n' % (
        line.partition,
        line.offset,
        line.timestamp,
        b"null" if line.schema is None else b"%d" % line.schema,
        _key(line.key),
        b'"Line":' + value if value is not None and is_verbatim(value) else b'"Bytes":' + _base64(value),
    )


def lines(body: bytes) -> Iterator[RawLine]:
    """The messages that a raw object's bytes hold, in order."""
    for text in gzip.decompress(body).split(b"\n")[:-1]:
        # cut out, not decoded: blanks around the value are the value's own, and nothing in it can be in the way
        head, is_line, line = text.partition(_LINE)
        stored = _decode_stored(head + b"}" if is_line else text)
        value = line[:-1] if is_line else stored.Bytes
        key = stored.KeyBytes if stored.Key is None else stored.Key.encode()
        yield RawLine(stored.Partition, stored.Offset, stored.Timestamp, stored.Schema, key, value)


def is_verbatim(value: bytes) -> bool:
    r"""Whether the value can be in a line unchanged: one JSON object in UTF-8 without a line feed.

    An escaped lone surrogate, which is not Unicode text, and nesting over a hundred deep do not count as JSON.

    >>> is_verbatim(b'{"a": 1}'), is_verbatim(b'[1]'), is_verbatim(b'{"a":\n1}'), is_verbatim(b'{"a":"\xff"}')
    (True, False, False, False)
    """
    if value.find(b"\n") >= 0:  # `in` takes twice the time
        return False
    try:
        value.decode()
        _check_object(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return value.count(b"{") + value.count(b"[") <= _DEEPEST or _depth(value) <= _DEEPEST


def _depth(value: bytes) -> int:
    r"""How deep the JSON value is nested.

    >>> _depth(b'{"a[{\\"[": [1, {}]}')
    3
    """
    steps = (bool(opened) - bool(closed) for opened, closed in _BRACKETS.findall(value))
    return max(accumulate(steps), default=0)


def greatest_epoch(positions: Iterable[Position], keys: Iterable[RawKey]) -> int:
    """The topic's epoch: the greatest in any row of its ledger or any object of it, else the first."""
    epochs = {position.epoch for position in positions} | {key.epoch for key in keys}
    return max(epochs, default=FIRST_EPOCH)


def last_key(keys: Iterable[RawKey], partition: int, epoch: int) -> RawKey | None:
    """The last object of this partition and epoch by its first offset; None if there is none."""
    ours = [key for key in keys if key.partition == partition and key.epoch == epoch]
    return max(ours, key=lambda key: key.first_offset, default=None)


@lru_cache(maxsize=4096)
def _key(key: bytes | None) -> bytes:
    if key is None:
        return b'"Key":null'
    try:
        return b'"Key":' + _encode(key.decode())
    except UnicodeDecodeError:
        return b'"KeyBytes":' + _base64(key)


def _base64(value: bytes | None) -> bytes:
    return b"null" if value is None else b'"%b"' % binascii.b2a_base64(value, newline=False)
