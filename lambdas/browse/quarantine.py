"""The quarantined records that are requested, and the page of them."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from commerce.paths import DEAD_LETTERS, QUARANTINE
from commerce.quarantined.answers import QuarantinedRecord
from commerce.quarantined.decisions import State
from commerce.quarantined.records import Kind
from lambdas.http import BadRequest
from lambdas.query.paging import key_of, number, only

MOST_RECORDS: Final = 100
USUAL_RECORDS: Final = 50

PREFIXES: Final[Mapping[Kind, str]] = {
    Kind.DESTINATION: DEAD_LETTERS,
    Kind.BULK: f"{QUARANTINE}bulk/",
    Kind.STREAM: f"{QUARANTINE}stream/",
}
"""The prefix of the objects of each kind, in the order of the prefixes."""


class QuarantinePage(msgspec.Struct, frozen=True):
    """Quarantined records, in the order of their keys.

    A page may hold fewer records than its limit, even none, though more follow: `next` is then not null.
    """

    records: Sequence[QuarantinedRecord]
    next: str | None


class AskedRecords(msgspec.Struct, frozen=True):
    """The requested records: of a kind or of all, in a state or in any, behind a place in the list.

    The place is the key of an object and the number of its records that the pages before held.
    """

    kinds: Sequence[Kind]
    state: State | None
    key: str
    seen: int
    limit: int


def asked_records(query: Mapping[str, str]) -> AskedRecords:
    """The request in these parameters; raises `BadRequest`."""
    only(query, frozenset({"kind", "state", "limit", "next"}))
    kind, state = _one_of(query, "kind", Kind), _one_of(query, "state", State)
    key, seen = _place(query["next"]) if "next" in query else ("", 0)
    limit = number(query, "limit", 1, MOST_RECORDS) or USUAL_RECORDS
    return AskedRecords([Kind(kind)] if kind else list(PREFIXES), State(state) if state else None, key, seen, limit)


def _one_of(query: Mapping[str, str], name: str, values: type[Kind] | type[State]) -> str | None:
    found = query.get(name)
    if found is not None and found not in [str(it) for it in values]:
        raise BadRequest(f"{name} must be one of {', '.join(values)}")
    return found


def _place(token: str) -> tuple[str, int]:
    seen, _, key = key_of(token).partition(" ")
    if not (seen.isascii() and seen.isdigit() and len(seen) <= 9 and key.isprintable()):
        raise BadRequest("next must be what the page before gave, for the same list")
    return key, int(seen)


def place(key: str, seen: int) -> str:
    """The place behind so many records of this object, before it becomes the `next` of a page.

    >>> place("quarantine/stream/order-lines/3/42-1291190400000.json", 1)
    '1 quarantine/stream/order-lines/3/42-1291190400000.json'
    """
    return f"{seen} {key}"
