"""The data points in a line of a log, as CloudWatch finds them. Pure.

{"_aws": {"Timestamp": 1764417600000, "CloudWatchMetrics": [{"Namespace": "Tillstream",
 "Dimensions": [["FunctionName"]], "Metrics": [{"Name": "LinesPut", "Unit": "Count"}]}]},
 "FunctionName": "order-tables", "LinesPut": 500}
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

EMBEDDED: Final = '"_aws"'
"""The text without which a line has no metrics."""


class Series(msgspec.Struct, frozen=True):
    """One metric of one thing: the dimensions are pairs of name and value, sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


class Point(msgspec.Struct, frozen=True, gc=False):
    """One value of a metric; `at` is in seconds since 1970."""

    at: float
    series: Series
    value: float


def series(namespace: str, name: str, dimensions: Mapping[str, str]) -> Series:
    """The series of a metric with these dimensions."""
    return Series(namespace, name, tuple(sorted(dimensions.items())))


def points(line: str) -> Iterator[Point]:
    """The points of a line; none of one that is cut off, or holds no metrics.

    >>> from commerce.metrics import LINES_PUT, record
    >>> from datetime import UTC, datetime
    >>> [found] = points(record(datetime(2026, 11, 29, tzinfo=UTC), {"FunctionName": "f"}, {LINES_PUT: 5}, {}).decode())
    >>> found.series.name, found.series.dimensions, found.value
    ('LinesPut', (('FunctionName', 'f'),), 5)
    """
    if EMBEDDED not in line:
        return
    try:
        record: Any = msgspec.json.decode(line)
        at = record["_aws"]["Timestamp"] / 1000
        directives = record["_aws"]["CloudWatchMetrics"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return
    for directive in directives:
        for dimensions in directive["Dimensions"]:
            values = {name: str(record[name]) for name in dimensions}
            for metric in directive["Metrics"]:
                name = metric["Name"]
                yield Point(at, series(directive["Namespace"], name, values), record[name])
