"""The raw archive's objects: which are requested, and how they are answered."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from commerce.paths import RawKey, parse_raw_key
from lambdas.browse.messages import MOST_OFFSET, MOST_PARTITION, Message
from lambdas.http import BadRequest, NotFound
from lambdas.query.paging import number, only

MOST_OBJECTS: Final = 1_000

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class RawObjectInfo(msgspec.Struct, frozen=True):
    """An object of the raw archive: its key, the offset of its first message, its size, and when it was written."""

    key: str
    first_offset: int
    bytes: int
    at: datetime


class RawObjects(msgspec.Struct, frozen=True):
    """The objects of a partition and day, in the order of their offsets, and the days that have objects.

    `day` is null where the partition has none.
    """

    topic: str
    partition: int
    epoch: int
    day: str | None
    days: Sequence[str]
    objects: Sequence[RawObjectInfo]
    next: str | None


class RawContent(msgspec.Struct, frozen=True):
    """An object of the raw archive, and some of its messages; the other fields are of the whole object."""

    key: str
    first_offset: int
    next_offset: int
    messages_in_object: int
    bytes: int
    sha256: str
    messages: Sequence[Message]
    next: str | None


class AskedObjects(msgspec.Struct, frozen=True):
    """The requested objects: of a partition, on a day or on its newest one, behind an offset."""

    partition: int
    day: str | None
    after: int | None
    limit: int


def asked_objects(query: Mapping[str, str]) -> AskedObjects:
    """The request in these parameters; raises `BadRequest`."""
    only(query, frozenset({"partition", "day", "limit", "next"}))
    partition = number(query, "partition", 0, MOST_PARTITION)
    if partition is None:
        raise BadRequest("query parameter partition is missing")
    day = query.get("day")
    if day is not None and not _is_day(day):
        raise BadRequest("day must be a day such as 2010-12-01")
    return AskedObjects(
        partition, day, number(query, "next", 0, MOST_OFFSET), number(query, "limit", 1, MOST_OBJECTS) or MOST_OBJECTS
    )


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class AskedContent(msgspec.Struct, frozen=True):
    """The requested messages of an object: those from an offset on."""

    key: RawKey
    offset: int
    limit: int


def asked_content(query: Mapping[str, str], topic: str) -> AskedContent:
    """The request in these parameters; raises `BadRequest`, and `NotFound` for a key of no object of the topic."""
    only(query, frozenset({"key", "limit", "next"}))
    if "key" not in query:
        raise BadRequest("query parameter key is missing")
    key = parse_raw_key(query["key"])
    if key is None or key.topic != topic:
        raise NotFound("there is no raw object with this key")
    limit = number(query, "limit", 1, MOST_OBJECTS) or MOST_OBJECTS
    return AskedContent(key, number(query, "next", 0, MOST_OFFSET) or 0, limit)
