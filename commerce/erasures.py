"""Erasures: the records of the lines that were erased, and the mark that stands in a raw object for an erased message.

A record names lines by their LineIds, which are digests of whole lines, and never a customer. Every writer of a store
drops the lines that a record names: a file that is sent again, or a message that is still in the topic, brings none
back. A raw object keeps its offsets, times and count, so an erased message gives way to a mark in its place:
`{"Erased":"<LineId>"}`, or `{"Erased":null}` for a message that was not an order line.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from commerce import wire
from commerce.errors import InvalidRow
from commerce.kafka_events import Message
from commerce.lines import OrderLine
from commerce.raw import RawLine

NOTHING: Final[frozenset[str]] = frozenset()
"""The erased LineIds of a platform that never erased a line."""

OfTopic = TypeVar("OfTopic", Message, RawLine)

_MARK: Final = re.compile(rb'\{"Erased":(?:"(?P<line>[0-9a-f]{32})"|null)\}')
_LINE_ID: Final = re.compile(rb'"LineId":\s*"([0-9a-f]{32})"')


class Erasure(msgspec.Struct, frozen=True):
    """The record of an erasure: the LineIds that no store may hold any more.

    `copies` are the rows by store, and `messages` the messages by partition of the topic, that held one of these lines
    when the record was made.
    """

    id: str
    at: datetime
    lines: tuple[str, ...]
    copies: Mapping[str, int] = {}
    messages: Mapping[str, int] = {}


class Proof(msgspec.Struct, frozen=True):
    """The end of an erasure: when every store was searched and nothing was found, and what remained elsewhere."""

    id: str
    at: datetime
    remains: tuple[str, ...]


def mark(line_id: str | None) -> bytes:
    """The value that stands for an erased message.

    >>> mark("506b831f66b52d18903feb9d4c5c47b6")
    b'{"Erased":"506b831f66b52d18903feb9d4c5c47b6"}'
    """
    return msgspec.json.encode({"Erased": line_id})


def is_mark(value: bytes | None) -> bool:
    """Whether this value stands for an erased message.

    >>> is_mark(mark(None)), is_mark(b'{"InvoiceNo":"536365"}'), is_mark(None)
    (True, False, False)
    """
    return value is not None and _MARK.fullmatch(value) is not None


def marked_line(value: bytes | None) -> str | None:
    """The LineId of the erased line for which this value stands; None for any other value.

    >>> marked_line(mark("506b831f66b52d18903feb9d4c5c47b6")), marked_line(mark(None))
    ('506b831f66b52d18903feb9d4c5c47b6', None)
    """
    found = _MARK.fullmatch(value) if value is not None else None
    return found["line"].decode() if found and found["line"] else None


def erased(message: OfTopic, line_id: str | None) -> OfTopic:
    """The message as it is kept once it is erased: its place and time, and the mark."""
    return replace(message, key=None, value=mark(line_id))


def as_kept(message: OfTopic, line_ids: Collection[str]) -> OfTopic:
    """The message, or its mark if it carries a line of these LineIds."""
    line = line_of(message.value, line_ids) if line_ids else None
    return message if line is None else erased(message, line.LineId)


def line_of(value: bytes | None, line_ids: Collection[str]) -> OrderLine | None:
    """The line in a message's value, if it has one of these LineIds; None for any other value."""
    # a search for the id costs a third of reading the line
    if value is None or not any(found.decode() in line_ids for found in _LINE_ID.findall(value)):
        return None
    try:
        line = wire.decode(value)
    except InvalidRow:
        return None
    return line if line.LineId in line_ids else None


def kept(lines: Iterable[OrderLine], line_ids: Collection[str]) -> list[OrderLine]:
    """The lines that have none of these LineIds."""
    return [line for line in lines if line.LineId not in line_ids]
