"""An operator's decision about a quarantined record: one JSON object each, written once. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from commerce.paths import DECISIONS


class Action(StrEnum):
    """A decision about a record: publish it to the topic again, or leave it out for good."""

    REDRIVE = "redrive"
    DISCARD = "discard"


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The decision about one record. A redrive has the line's message, `Key` and `Value`; a discard has its reason.

    Of a row of a file it names the file (key and ETag), the document in it and `Row`, the LineId of the row's first
    copy, by which later copies of an equal row are counted. `Patched` are the fields that were changed.
    """

    Record: str
    Action: Action
    At: str
    Reason: str = ""
    LineId: str = ""
    InvoiceNo: str = ""
    File: tuple[str, ...] = ()
    Document: str = ""
    Row: str = ""
    Occurrence: int = 0
    Value: str = ""
    Patched: dict[str, Any] = {}

    @property
    def body(self) -> bytes:
        """The content of its object."""
        return msgspec.json.encode(self)


def message(made: Decision) -> tuple[bytes, bytes]:
    """Key and value of the message that publishes the line of a redrive."""
    return made.InvoiceNo.encode(), made.Value.encode()


class State(StrEnum):
    """The state of a record."""

    OPEN = "open"
    REDRIVING = "redriving"
    """It is decided which line it becomes, and the topic has not acknowledged it."""
    REDRIVEN = "redriven"
    DISCARDED = "discarded"


_decode: Final = msgspec.json.Decoder(Decision).decode


def decision(body: bytes) -> Decision:
    """The decision in an object."""
    return _decode(body)


def recorded(keys: Iterable[str], folder: str) -> set[str]:
    """The records named by these keys of `made` or `published` decisions.

    >>> recorded(["decisions/made/stream/t/0/1-2.json"], "made")
    {'stream/t/0/1-2'}
    """
    prefix = f"{DECISIONS}{folder}/"
    return {key.removeprefix(prefix).removesuffix(".json") for key in keys if key.startswith(prefix)}


def state(record: str, decided: Mapping[str, Decision], published: Iterable[str]) -> State:
    """The state of the record with this id; `published` are the ids whose line the topic has acknowledged."""
    made = decided.get(record)
    if made is None:
        return State.OPEN
    if made.Action is Action.DISCARD:
        return State.DISCARDED
    return State.REDRIVEN if record in published else State.REDRIVING
