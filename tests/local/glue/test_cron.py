"""AWS's cron expressions, as Glue reads them."""

from datetime import UTC, datetime

import pytest

from local.errors import UnsupportedProperty
from local.glue.cron import next_time

THURSDAY = datetime(2026, 1, 1, 8, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("cron(0/5 * * * ? *)", "2026-01-01 08:05 Thu"),
        ("cron(0 * * * ? *)", "2026-01-01 09:00 Thu"),
        ("cron(30 3 * * ? *)", "2026-01-02 03:30 Fri"),
        ("cron(0 10 ? * 1 *)", "2026-01-04 10:00 Sun"),
        ("cron(0 10 ? * 2-6 *)", "2026-01-01 10:00 Thu"),
        ("cron(0 1 ? * 2-6 *)", "2026-01-02 01:00 Fri"),
        ("cron(0 10 ? * SUN,TUE *)", "2026-01-04 10:00 Sun"),
        ("cron(0 10 ? * 7 *)", "2026-01-03 10:00 Sat"),
        ("cron(0 10 ? * 2#1 *)", "2026-01-05 10:00 Mon"),
        ("cron(0 10 15 * ? *)", "2026-01-15 10:00 Thu"),
        ("cron(0 0 1 1 ? 2027-2028)", "2027-01-01 00:00 Fri"),
    ],
)
def test_the_next_time_is_that_of_aws_in_utc(expression: str, due: str) -> None:
    found = next_time(expression, THURSDAY)
    assert (f"{found:%Y-%m-%d %H:%M %a}", found.tzinfo) == (due, UTC)


def test_a_time_that_is_due_now_is_past() -> None:
    due = next_time("cron(0/5 * * * ? *)", THURSDAY)
    assert next_time("cron(0/5 * * * ? *)", due) > due


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("rate(5 minutes)", "is not cron"),
        ("cron(0 * * * *)", "is not cron"),
        ("cron(61 * * * ? *)", "cannot be read"),
        ("cron(0 10 ? * MOO *)", "cannot be read"),
        ("cron(0 10 1 1 ? 2020)", "is not due again"),
        ("cron(0/2 * * * ? *)", "more often than every 5 minutes"),
    ],
)
def test_a_schedule_that_glue_would_not_keep_is_refused_in_words(expression: str, says: str) -> None:
    with pytest.raises(UnsupportedProperty, match=says):
        next_time(expression, THURSDAY)
