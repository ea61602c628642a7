"""Divides a list into pages: `limit` items at a time, and `next`, by which the following page is requested.

`next` is the key of the last item given, in Base64: lines that come in between do not shift the pages.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Final, TypeVar

import msgspec

from commerce.wire import encode_answer
from lambdas.http import BadRequest

MOST_ITEMS: Final = 2_000
MOST_BYTES: Final = 1_900_000
"""The most bytes of a page's items.

Lambda's answer ends at 6 MB, and a character may take three times its size here.
"""

PAGING: Final = frozenset({"limit", "next"})

Item = TypeVar("Item")


class Wanted(msgspec.Struct, frozen=True):
    """The requested page: at most `limit` items, those behind the key `after` if there is one."""

    limit: int = MOST_ITEMS
    after: str | None = None


def wanted(query: Mapping[str, str], prefix: str) -> Wanted:
    """The page requested by query parameters, of a list whose keys begin with `prefix`; raises `BadRequest`."""
    limit, token = query.get("limit", str(MOST_ITEMS)), query.get("next")
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 4 and 1 <= int(limit) <= MOST_ITEMS):
        raise BadRequest(f"limit must be an integer from 1 to {MOST_ITEMS:,}")
    return Wanted(int(limit), None if token is None else _key(token, prefix))


def only(query: Mapping[str, str], known: frozenset[str]) -> None:
    """Raise `BadRequest` if the query has a parameter of another name."""
    unknown = sorted(query.keys() - known)
    if unknown:
        raise BadRequest(f"no query parameter {', '.join(unknown)}: there are {', '.join(sorted(known))}")


def page(
    items: Sequence[Item], key: Callable[[Item], str], wanted: Wanted, *, descending: bool = False
) -> tuple[Sequence[Item], str | None]:
    """The items of the page, and the `next` of the page behind it; `items` are in the order of their keys."""
    keys = [key(item) for item in items]
    start = 0
    if wanted.after is not None:
        start = len(keys) - bisect_left(keys[::-1], wanted.after) if descending else bisect_right(keys, wanted.after)
    found = items[start : start + wanted.limit]
    sizes = accumulate(len(encode_answer(item)) for item in found)
    fitting = max(1, sum(size <= MOST_BYTES for size in sizes))
    end = start + min(fitting, len(found))
    return items[start:end], _token(keys[end - 1]) if end < len(keys) else None


def _token(key: str) -> str:
    """The key as text that needs no escape in a URL.

    >>> _token("536365#71053#28")
    'NTM2MzY1IzcxMDUzIzI4'
    """
    return urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _key(token: str, prefix: str) -> str:
    try:
        key = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)).decode()
    except ValueError:
        key = ""
    if not key.startswith(prefix):
        raise BadRequest("next must be what the page before gave, for the same invoice or customer")
    return key
