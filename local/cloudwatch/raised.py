"""The alarms of a running platform, each with its state."""

import re
from typing import Any, Final

from local.cloudwatch import alarms
from local.cloudwatch.alarms import BREACHING, Points
from local.platform import Platform

_PAGE: Final = re.compile(r"(.*)\. What to do: docs/runbook/([\w-]+)\.md")


def states(platform: Platform, points: Points, now: float, since: float, *, scheduled: bool) -> list[dict[str, Any]]:
    """Each alarm's name, state, meaning, and the page of the runbook; the platform began at `since`.

    Without schedules nobody expects a job to run: the alarms that miss one are left out.
    """
    watched = [alarm for alarm in platform.alarms if scheduled or alarm.missing != BREACHING]
    return [
        {
            "name": alarm.name,
            "state": alarms.state(alarm, points, now, since),
            "meaning": meaning,
            "page": page,
        }
        for alarm in watched
        for meaning, page in [described(alarm.description)]
    ]


def described(description: str) -> tuple[str, str | None]:
    """The meaning in an alarm's description, and the name of its page in the runbook."""
    found = _PAGE.fullmatch(description)
    return (found[1], found[2]) if found else (description, None)
