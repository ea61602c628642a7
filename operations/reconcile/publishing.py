"""The verdict as others read it: one object of the lake bucket, which the API returns."""

from datetime import datetime

import msgspec
from rich.text import Text

from commerce.paths import NEWEST_VERDICT
from commerce.verdicts import HopFigures, PublishedVerdict
from operations.asking import READER
from operations.errors import reading
from operations.reconcile.report import last_line
from operations.reconcile.verdict import Hop, Verdict
from stores.target import Target


def published(verdict: Verdict, at: datetime) -> PublishedVerdict:
    """The verdict as it is published."""
    sentence = Text.from_markup(last_line(verdict)).plain
    return PublishedVerdict(verdict.outcome.name.lower(), at, sentence, [_figures(hop) for hop in verdict.hops])


def publish(verdict: PublishedVerdict, target: Target) -> None:
    """Put the verdict in place of the one before it."""
    with reading(f"bucket {target.lake_bucket}"):
        target.client("s3", config=READER).put_object(
            Bucket=target.lake_bucket,
            Key=NEWEST_VERDICT,
            Body=msgspec.json.encode(verdict),
            ContentType="application/json",
        )


def _figures(hop: Hop) -> HopFigures:
    counts = hop.counts
    return HopFigures(
        name=hop.name,
        rows=hop.rows,
        lines=counts.lines,
        rejected=hop.rejected,
        net_amount=str(counts.net_amount),
        missing=len(hop.missing),
        surplus=len(hop.surplus),
    )
