"""The state of an alarm by its points."""

from dataclasses import replace
from typing import Final

import pytest

from local.cloudwatch.alarms import state
from local.cloudwatch.points import Point, Series, series
from local.platform import Alarm, Watched

ERRORS: Final = series("AWS/Lambda", "Errors", {"FunctionName": "f"})
DISKS: Final = [series("AWS/Kafka", "KafkaDataLogsDiskUsed", {"Broker ID": str(number)}) for number in (1, 2)]
FAILS: Final = Alarm(
    name="Errors", description="", metrics=(Watched(ERRORS, "Sum"),), expression="", period_seconds=10, periods=2,
    threshold=3, comparison="GreaterThanOrEqualToThreshold", missing="notBreaching",
)  # fmt: skip
OVERDUE: Final = replace(FAILS, threshold=1, comparison="LessThanThreshold", missing="breaching")
VERDICT: Final = replace(FAILS, threshold=1, missing="ignore")
FULL: Final = replace(
    FAILS, metrics=tuple(Watched(disk, "Maximum") for disk in DISKS), expression="MAX(METRICS())", threshold=80
)


def at(times: dict[float, float], of: Series = ERRORS) -> dict[Series, list[Point]]:
    """Points of a series, by their times."""
    return {of: [Point(time, of, value) for time, value in times.items()]}


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        ({}, "OK"),
        ({95: 3, 85: 3}, "ALARM"),
        ({95: 1, 96: 2, 85: 3}, "ALARM"),  # the values of a period are summed
        ({95: 3}, "OK"),  # one bad period of two
        ({85: 3, 75: 3}, "OK"),  # it ended
        ({100: 3, 90: 3}, "ALARM"),  # the end belongs to a period, its beginning to the one before
        ({95: 2, 85: 9}, "OK"),
    ],
)
def test_an_alarm_is_raised_by_bad_periods_in_a_row_until_now(times: dict[float, float], wanted: str) -> None:
    assert state(FAILS, at(times), now=100, since=0) == wanted


@pytest.mark.parametrize(
    ("times", "since", "wanted"),
    [
        ({95: 1, 85: 1}, 0, "OK"),
        ({}, 0, "ALARM"),
        ({95: 1}, 0, "ALARM"),
        ({}, 85, "INSUFFICIENT_DATA"),  # the platform is younger than the periods
    ],
)
def test_what_must_be_published_raises_an_alarm_by_its_absence(
    times: dict[float, float], since: float, wanted: str
) -> None:
    assert state(OVERDUE, at(times), now=100, since=since) == wanted


@pytest.mark.parametrize(
    ("times", "wanted"), [({}, "INSUFFICIENT_DATA"), ({1: 0, 2: 1}, "ALARM"), ({1: 1, 2: 0}, "OK")]
)
def test_where_missing_data_is_ignored_the_newest_value_counts_for_ever(times: dict[float, float], wanted: str) -> None:
    assert state(VERDICT, at(times), now=10_000, since=0) == wanted


def test_an_expression_judges_several_metrics_at_once() -> None:
    points = at({95: 20, 85: 20}, DISKS[0]) | at({95: 81, 85: 90}, DISKS[1])
    assert state(FULL, points, now=100, since=0) == "ALARM"
    assert state(replace(FULL, threshold=85), points, now=100, since=0) == "OK"


def test_points_of_another_series_count_nothing() -> None:
    other = series("AWS/Lambda", "Errors", {"FunctionName": "g"})
    assert state(FAILS, at({95: 9, 85: 9}, other), now=100, since=0) == "OK"
