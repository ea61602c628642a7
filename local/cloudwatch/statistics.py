"""The values of a metric by periods, as GetMetricData answers them. Pure.

A period begins at a whole multiple of its length, as CloudWatch's do, and has the time at which it begins.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from local.cloudwatch.points import Point

Statistic = Callable[[Sequence[float]], float]

STATISTICS: Final[Mapping[str, Statistic]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}
EXPRESSIONS: Final[Mapping[str, Callable[[Iterable[float]], float]]] = {
    "MAX(METRICS())": max,
    "SUM(METRICS())": sum,
}
"""The metric math that the laptop can do."""

_PERCENTILE: Final = re.compile(r"p(\d{1,2}(?:\.\d{1,2})?|100)")


def statistic(name: str) -> Statistic | None:
    """The function of a statistic, a percentile included; None for one that the laptop cannot do.

    >>> statistic("p99")(range(1, 201)), statistic("p50")([3, 1, 2]), statistic("tm99")
    (198, 2, None)
    """
    if name in STATISTICS:
        return STATISTICS[name]
    found = _PERCENTILE.fullmatch(name)
    return percentile(float(found[1])) if found else None


def percentile(percent: float) -> Statistic:
    """The value below or at which so many percent of the values are: the nearest that was published."""
    return lambda values: sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def by_period(
    points: Iterable[Point], measure: Statistic, period: float, start: float, end: float
) -> dict[float, float]:
    """The value of each period that begins before `end` and has a point, by its beginning; `start` is in the first.

    >>> from local.cloudwatch.points import series
    >>> of = series("Tillstream", "LinesPut", {})
    >>> by_period([Point(at, of, 5) for at in (59, 60, 61, 130)], sum, period=60, start=70, end=180)
    {60.0: 10, 120.0: 5}
    """
    first = start // period * period
    inside: dict[float, list[float]] = {}
    for point in points:
        if first <= point.at < end:
            inside.setdefault(float(point.at // period * period), []).append(point.value)
    return {at: measure(inside[at]) for at in sorted(inside)}


def calculated(expression: str, series: Iterable[Mapping[float, float]]) -> dict[float, float]:
    """The value of an expression over several metrics, in each period in which any of them has one.

    >>> calculated("MAX(METRICS())", [{0: 1, 60: 5}, {60: 7}])
    {0: 1, 60: 7}
    """
    values: dict[float, list[float]] = {}
    for one in series:
        for at, value in one.items():
            values.setdefault(at, []).append(value)
    return {at: EXPRESSIONS[expression](values[at]) for at in sorted(values)}
