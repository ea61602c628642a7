"""The rows a second at each step of a row's way, by the metrics that its functions publish. Pure."""

from typing import Final

from commerce.metrics import LINES_PUT, MESSAGES_FILED, NAMESPACE, ROWS_ACCEPTED, Metric
from local.cloudwatch.alarms import Points

SECONDS: Final = 10.0
"""The last seconds over which a rate is an average: archive and tables take rows in batches."""

BY_HOP: Final = {"topic": ROWS_ACCEPTED, "s3": MESSAGES_FILED, "dynamodb": LINES_PUT}


def rates(points: Points, now: float) -> dict[str, float]:
    """The rows a second that each hop took lately."""
    return {hop: round(total(points, metric, now) / SECONDS, 1) for hop, metric in BY_HOP.items()}


def total(points: Points, metric: Metric, now: float) -> float:
    """The sum of a metric of our own over the last seconds, over all that publish it."""
    found = (of for series, of in points.items() if series.namespace == NAMESPACE and series.name == metric.name)
    return sum(point.value for of in found for point in of if now - SECONDS < point.at <= now)
