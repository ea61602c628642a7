"""The published verdict of a reconciliation, which its operator's command writes and the API returns."""

from collections.abc import Sequence
from datetime import datetime

import msgspec


class HopFigures(msgspec.Struct, frozen=True):
    """The rows of one hop: deliveries, distinct lines, refused rows, and lines against the files, as numbers."""

    name: str
    rows: int
    lines: int
    rejected: int
    net_amount: str
    missing: int
    surplus: int


class PublishedVerdict(msgspec.Struct, frozen=True):
    """The outcome (`holds`, `lost` or `due`) in one word and in a sentence, when it was found, and each hop's figures.

    A later one replaces it.
    """

    outcome: str
    at: datetime
    sentence: str
    hops: Sequence[HopFigures]
