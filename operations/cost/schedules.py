"""The average starts of each job, by a schedule or after another job's success."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from operations.errors import Refused

CRON: Final = re.compile(r"cron\((\S+) (\S+) \* \* \? \*\)")


def starts_a_day(schedule: str) -> int:
    """The number of starts of a daily schedule in a day; raises `Refused` for a schedule that differs by day.

    >>> starts_a_day("cron(0 * * * ? *)"), starts_a_day("cron(30 3 * * ? *)"), starts_a_day("cron(0/5 8,20 * * ? *)")
    (24, 1, 24)
    """
    match = CRON.fullmatch(schedule)
    if match is None:
        raise Refused(f"cannot count the starts of {schedule}: only minutes and hours may be named")
    return _times(match[1], 60) * _times(match[2], 24)


def _times(field: str, most: int) -> int:
    """The number of values from 0 to most-1 that a field of a cron expression names."""
    if field == "*":
        return most
    if "/" in field:
        first, step = field.split("/")
        return len(range(0 if first == "*" else int(first), most, int(step)))
    return len(set(field.split(",")))


def starts_an_hour(triggers: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """The average starts an hour of each job that triggers start; `triggers` are their templates' properties."""
    waiting = list(triggers)
    found: dict[str, Decimal] = {}
    while waiting:
        known = [trigger for trigger in waiting if "Schedule" in trigger or set(_after(trigger)) <= found.keys()]
        if not known:
            raise Refused(f"triggers that nothing starts: {[trigger['Name'] for trigger in waiting]}")
        for trigger in known:
            waiting.remove(trigger)
            often = (
                Decimal(starts_a_day(trigger["Schedule"])) / 24
                if "Schedule" in trigger
                else min(found[job] for job in _after(trigger))
            )
            for action in trigger["Actions"]:
                found[action["JobName"]] = found.get(action["JobName"], Decimal(0)) + often
    return found


def _after(trigger: Mapping[str, Any]) -> list[str]:
    """The jobs that a trigger waits for to succeed."""
    return [condition["JobName"] for condition in trigger.get("Predicate", {}).get("Conditions", [])]
