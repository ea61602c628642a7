"""The published verdict of a reconciliation: the API returns it, and an alarm watches its metric."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from commerce.metrics import VERDICT_BROKEN, Values

LOST: Final = "lost"
"""The outcome of a verdict by which rows are lost, repeated or different."""


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

    A later one replaces it. Its `origin` is `files`, with which every store was compared, or `census`, a count of the
    topic that knows no files and gives no figures of hops.
    """

    outcome: str
    at: datetime
    sentence: str
    hops: Sequence[HopFigures]
    origin: str = "files"


def measured(verdict: PublishedVerdict) -> Values:
    """The metric of a verdict, to be published with the lake bucket as its dimension (`commerce.metrics.BUCKET`).

    A verdict by which something is only due is not broken.
    """
    return {VERDICT_BROKEN: int(verdict.outcome == LOST)}
