"""The alarms of a running platform, each with its state."""

import re
from typing import Any, Final

from local.cloudwatch import alarms
from local.cloudwatch.alarms import BREACHING, Points
from local.platform import Platform

_AROUND: Final = re.compile(r"^Alarms|[0-9A-F]{8}(-\w+)?$")
"""The parts of a deployed alarm's name that CDK and CloudFormation put around its own name."""

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


def short_name(name: str) -> str:
    """The name of an alarm in docs/alarms.md, by its logical id or by its name on AWS, without the stack's.

    >>> short_name("AlarmsBrokerDisk1A2B3C4D"), short_name("AlarmsRawArchiveLag1A2B3C4D-aB12cD34eF56")
    ('BrokerDisk', 'RawArchiveLag')
    """
    return _AROUND.sub("", name)


def described(description: str) -> tuple[str, str | None]:
    """The meaning in an alarm's description, and the name of its page in the runbook."""
    found = _PAGE.fullmatch(description)
    return (found[1], found[2]) if found else (description, None)
