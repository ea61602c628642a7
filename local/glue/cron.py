"""The next time of AWS's cron expressions, in UTC.

`cron(Minutes Hours Day-of-month Month Day-of-week Year)`: Sunday is 1, and `?` stands for a day that does not matter.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from croniter import CroniterBadDateError, CroniterError, croniter

from local.errors import UnsupportedProperty

LEAST: Final = timedelta(minutes=5)
"""The shortest interval of a schedule that Glue accepts."""

_EXPRESSION: Final = re.compile(r"cron\(([^()]+)\)")
_DAY: Final = re.compile(r"[1-7](?![0-9])")


def next_time(expression: str, after: datetime | None = None) -> datetime:
    """The first time after this one (after now) at which a schedule is due.

    >>> next_time("cron(0/5 * * * ? *)", datetime(2026, 1, 1, 8, 2, tzinfo=UTC)).isoformat()
    '2026-01-01T08:05:00+00:00'
    >>> next_time("cron(30 3 ? * 1 *)", datetime(2026, 1, 1, tzinfo=UTC)).strftime("%A %d %H:%M")
    'Sunday 04 03:30'

    Raises `UnsupportedProperty` for an expression that is invalid, is never due again, or is due too often.
    """
    after = after or datetime.now(UTC)
    try:
        times = croniter(_five_fields_and_year(expression), after)
        due, following = times.get_next(datetime), times.get_next(datetime)
    except CroniterBadDateError as error:
        raise UnsupportedProperty(f"the schedule {expression} is not due again") from error
    except CroniterError as error:
        raise UnsupportedProperty(f"the schedule {expression} cannot be read: {error}") from error
    if following - due < LEAST:
        raise UnsupportedProperty(
            f"the schedule {expression} is due more often than every 5 minutes, which Glue refuses"
        )
    return due


def _five_fields_and_year(expression: str) -> str:
    """The expression in croniter's form: Sunday is 0 there, and a field of seconds comes before the year."""
    match = _EXPRESSION.fullmatch(expression.strip())
    fields = match[1].split() if match else []
    if len(fields) != 6:
        raise UnsupportedProperty(f"the schedule {expression} is not cron(minutes hours day month weekday year)")
    minute, hour, day, month, weekday, year = (field.replace("?", "*") for field in fields)
    # the number behind `/` and `#` counts, and is no day
    days = ",".join(
        _DAY.sub(lambda found: str(int(found[0]) - 1), part[: _first(part, "/#")]) + part[_first(part, "/#") :]
        for part in weekday.split(",")
    )
    return f"{minute} {hour} {day} {month} {days} 0 {year}"


def _first(text: str, signs: str) -> int:
    """The place of the first of these signs; the text's length if there is none."""
    return next((place for place, sign in enumerate(text) if sign in signs), len(text))
