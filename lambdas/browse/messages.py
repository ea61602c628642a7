"""Messages of the topic and of raw objects: which are requested, and how they are answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from commerce import wire
from commerce.lines import invoice_no
from commerce.raw import RawLine, is_verbatim
from lambdas.http import BadRequest
from lambdas.query.paging import number, only

MOST_MESSAGES: Final = 100
USUAL_MESSAGES: Final = 50

MOST_SEARCHED: Final = 100_000
"""The most messages of a partition that one call looks at for those of an invoice."""

SEARCH_SECONDS: Final = 5.0

MOST_PARTITION: Final = 2**31 - 1
MOST_OFFSET: Final = 2**63 - 1
"""The greatest numbers that Kafka's protocol has room for."""

PARAMETERS: Final = frozenset({"partition", "invoice", "offset", "at", "next", "limit"})


class Message(msgspec.Struct, frozen=True):
    """A message: `line` is its value where that is a JSON object, else `text` is, as far as it is UTF-8.

    Both are null for a null value. `bytes` is the size of the value; `at` is the broker's time.
    """

    partition: int
    offset: int
    at: datetime
    key: str | None
    schema: int | None
    line: dict[str, Any] | None
    text: str | None
    bytes: int


class OffsetRange(msgspec.Struct, frozen=True, rename={"first": "from", "end": "to"}):
    """Offsets, `from` this one to before that one."""

    first: int
    end: int


class Messages(msgspec.Struct, frozen=True):
    """Messages of a partition, in the order of their offsets, and the offsets that this call looked at.

    The partition holds the offsets from `start` to before `end`.
    """

    topic: str
    partition: int
    start: int
    end: int
    read: OffsetRange
    messages: Sequence[Message]
    next: str | None


class Asked(msgspec.Struct, frozen=True):
    """The requested messages: of a partition, or of an invoice; from an offset or a time on, else the newest."""

    partition: int | None
    invoice: str | None
    offset: int | None
    at: datetime | None
    limit: int


def asked(query: Mapping[str, str]) -> Asked:
    """The request in these parameters; raises `BadRequest`, and `InvalidRow` for an impossible invoice number."""
    only(query, PARAMETERS)
    if ("partition" in query) == ("invoice" in query):
        raise BadRequest("give either partition or invoice")
    if len(query.keys() & {"offset", "at", "next"}) > 1:
        raise BadRequest("give one of offset, at and next")
    offset = number(query, "next" if "next" in query else "offset", 0, MOST_OFFSET)
    return Asked(
        number(query, "partition", 0, MOST_PARTITION),
        invoice_no(query["invoice"]) if "invoice" in query else None,
        offset,
        _moment(query["at"]) if "at" in query else None,
        number(query, "limit", 1, MOST_MESSAGES) or USUAL_MESSAGES,
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("at must be a time such as 2010-12-01T08:26:00Z") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def message(line: RawLine) -> Message:
    """The message as it is answered."""
    value = line.value
    is_object = value is not None and is_verbatim(value)
    return Message(
        line.partition,
        line.offset,
        datetime.fromtimestamp(line.timestamp / 1000, UTC),
        None if line.key is None else line.key.decode("utf-8", "replace"),
        line.schema,
        wire.parse(value) if value is not None and is_object else None,
        None if value is None or is_object else value.decode("utf-8", "replace"),
        len(value or b""),
    )


def search(
    lines: Iterable[RawLine], wanted: Callable[[RawLine], bool], limit: int, going: Callable[[], bool]
) -> tuple[list[RawLine], int | None]:
    """The first wanted messages, and the offset of the last message that was looked at.

    It ends at the limit, or when `going` says so; the offset is None where all were looked at.
    """
    found: list[RawLine] = []
    for line in lines:
        if wanted(line):
            found.append(line)
        if len(found) == limit or not going():
            return found, line.offset
    return found, None
