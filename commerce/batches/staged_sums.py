"""Compares a staged object with what curate recorded of it. Pure.

An erasure writes a staged object anew without the erased lines. It cannot change curate's record in the same request,
so the object itself carries, as metadata, its own sum and the recorded one that it takes the place of.
"""

from collections.abc import Mapping
from typing import Final

from commerce.batches.records import Sum

SHA256: Final = "sha256"
REPLACES: Final = "replaces-sha256"


def replacing(before: str, metadata: Mapping[str, str], after: str) -> dict[str, str]:
    """The metadata of an object that takes the place of one with these bytes and metadata; sums are SHA-256 in hex.

    An object that was changed by another hand passes its own sum on, which is not the recorded one: it stays refused.

    >>> replacing("aa", {}, "bb")
    {'sha256': 'bb', 'replaces-sha256': 'aa'}
    >>> replacing("bb", {"sha256": "bb", "replaces-sha256": "aa"}, "cc")
    {'sha256': 'cc', 'replaces-sha256': 'aa'}
    """
    return {SHA256: after, REPLACES: _stands_for(before, metadata)}


def difference(recorded: Sum, size: int, sha256: str, metadata: Mapping[str, str]) -> str | None:
    """How an object of this size and sum differs from the record; None if it is the recorded one or stands for it.

    >>> difference(Sum(7, 100, "aa"), 90, "bb", {})
    'has 90 bytes, where curate wrote 100'
    >>> difference(Sum(7, 100, "aa"), 90, "bb", {"sha256": "bb", "replaces-sha256": "aa"})
    """
    if _stands_for(sha256, metadata) == recorded.sha256:
        return None
    if size != recorded.bytes:
        return f"has {size:,} bytes, where curate wrote {recorded.bytes:,}"
    return f"has other content than curate wrote, in as many bytes ({size:,})"


def _stands_for(sha256: str, metadata: Mapping[str, str]) -> str:
    """The sum of what curate wrote, if only erasures have replaced it since."""
    return metadata.get(REPLACES, sha256) if metadata.get(SHA256) == sha256 else sha256
