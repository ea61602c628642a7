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
    limit, token = number(query, "limit", 1, MOST_ITEMS), query.get("next")
    return Wanted(limit or MOST_ITEMS, None if token is None else key_of(token, prefix))


def only(query: Mapping[str, str], known: frozenset[str]) -> None:
    """Raise `BadRequest` if the query has a parameter of another name."""
    unknown = sorted(query.keys() - known)
    if unknown:
        raise BadRequest(f"no query parameter {', '.join(unknown)}: there {_are(sorted(known))}")


def _are(known: Sequence[str]) -> str:
    return f"{'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none here'}"


def number(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """The whole number in a query parameter, None without it; raises `BadRequest` unless it is between these."""
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and least <= int(text) <= most):
        raise BadRequest(f"{name} must be an integer from {least:,} to {most:,}")
    return int(text)


def fitting(items: Sequence[object]) -> int:
    """How many of the first items fit an answer, at least one of them."""
    sizes = accumulate(len(encode_answer(item)) for item in items)
    return min(len(items), max(1, sum(size <= MOST_BYTES for size in sizes)))


def page(
    items: Sequence[Item], key: Callable[[Item], str], wanted: Wanted, *, descending: bool = False
) -> tuple[Sequence[Item], str | None]:
    """The items of the page, and the `next` of the page behind it; `items` are in the order of their keys."""
    keys = [key(item) for item in items]
    start = 0
    if wanted.after is not None:
        start = len(keys) - bisect_left(keys[::-1], wanted.after) if descending else bisect_right(keys, wanted.after)
    found = items[start : start + wanted.limit]
    end = start + fitting(found)
    return items[start:end], token_of(keys[end - 1]) if end < len(keys) else None


def token_of(key: str) -> str:
    """The key as text that needs no escape in a URL.

    >>> token_of("536365#71053#28")
    'NTM2MzY1IzcxMDUzIzI4'
    """
    return urlsafe_b64encode(key.encode()).decode().rstrip("=")


def key_of(token: str, prefix: str = "") -> str:
    """The key in the `next` of a page, which begins with `prefix`; raises `BadRequest`."""
    try:
        key = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)).decode()
    except ValueError:
        key = ""
    if not key or not key.startswith(prefix):
        raise BadRequest("next must be what the page before gave, for the same list")
    return key
