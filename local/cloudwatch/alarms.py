"""The state of an alarm, by the points of its metrics. Pure.

Periods end now, where CloudWatch's end at whole multiples of their length. A state is made of the points alone: nothing
is remembered between two looks.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from local.cloudwatch.points import Point, Series
from local.cloudwatch.statistics import EXPRESSIONS, STATISTICS
from local.platform import Alarm

OK: Final = "OK"
ALARM: Final = "ALARM"
INSUFFICIENT_DATA: Final = "INSUFFICIENT_DATA"

Points = Mapping[Series, Sequence[Point]]

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
BREACHING: Final = "breaching"
IGNORE: Final = "ignore"
MISSING: Final = (BREACHING, "notBreaching", IGNORE)


def state(alarm: Alarm, points: Points, now: float, since: float) -> str:
    """The state of the alarm now; nothing was published before `since`.

    Each period with a value is judged by it. One without a value is good, or bad where missing data is; where missing
    data is ignored, the newest value that there ever was counts.
    """
    if alarm.missing == IGNORE:
        newest = [values[-1].value for watched in alarm.metrics if (values := points.get(watched.series))]
        return _judged(alarm, [max(newest)]) if newest else INSUFFICIENT_DATA
    ends = [now - number * alarm.period_seconds for number in range(alarm.periods)]
    found = [value(alarm, points, end) for end in ends]
    if alarm.missing == BREACHING and None in found:
        young = now - since < alarm.period_seconds * alarm.periods
        return INSUFFICIENT_DATA if young else ALARM
    return _judged(alarm, found)


def value(alarm: Alarm, points: Points, end: float) -> float | None:
    """The value that the alarm judges in the period that ends then; None if nothing was published in it."""
    values = []
    for watched in alarm.metrics:
        inside = [it.value for it in points.get(watched.series, ()) if end - alarm.period_seconds < it.at <= end]
        if inside:
            values.append(STATISTICS[watched.statistic](inside))
    if not values:
        return None
    return EXPRESSIONS[alarm.expression](values) if alarm.expression else values[0]


def _judged(alarm: Alarm, values: Sequence[float | None]) -> str:
    breaches = COMPARISONS[alarm.comparison]
    return ALARM if all(it is not None and breaches(it, alarm.threshold) for it in values) else OK
