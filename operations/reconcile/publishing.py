"""The verdict as others read it: one object of the lake bucket, which the API returns, and a metric with an alarm."""

from datetime import datetime

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from commerce.metrics import BUCKET, NAMESPACE
from commerce.paths import NEWEST_VERDICT
from commerce.verdicts import HopFigures, PublishedVerdict, measured
from operations.asking import READER
from operations.errors import StoreUnreachable, reading
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


def count(verdict: PublishedVerdict, target: Target) -> None:
    """Send the verdict's metric to CloudWatch, the laptop's or AWS's, where an alarm watches it.

    The function that reconciles by schedule writes the same metric as a record of its log.
    """
    data = [
        {
            "MetricName": metric.name,
            "Dimensions": [{"Name": BUCKET, "Value": target.lake_bucket}],
            "Timestamp": verdict.at,
            "Value": value,
            "Unit": metric.unit,
        }
        for metric, value in measured(verdict).items()
    ]
    try:
        target.client("cloudwatch", config=READER).put_metric_data(Namespace=NAMESPACE, MetricData=data)
    except (BotoCoreError, ClientError) as error:
        raise StoreUnreachable(f"the verdict's metric cannot be published: {error}") from error


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
