"""The jobs that a template's triggers start, and their order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from local.glue.cron import next_time
from local.platform import Trigger


def run_from(start: Trigger, triggers: Sequence[Trigger], run: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
    """Run the jobs of a trigger, and of every trigger of its workflow that their successes set off, one after another.

    `run` gives whether a job succeeded; so do the pairs. Each trigger is set off once.
    """
    succeeded: set[str] = set()
    idle = [trigger for trigger in triggers if trigger.after and trigger.workflow == start.workflow]
    due = [start]
    while due:
        for job in due.pop(0).jobs:
            done = run(job)
            yield job, done
            if done:
                succeeded.add(job)
        ready = [trigger for trigger in idle if set_off(trigger, succeeded)]
        idle = [trigger for trigger in idle if trigger not in ready]
        due += ready


def set_off(trigger: Trigger, succeeded: Iterable[str]) -> bool:
    """Whether the trigger waits for exactly these successes."""
    return (any if trigger.any_of_them else all)(job in set(succeeded) for job in trigger.after)


def starts(triggers: Iterable[Trigger]) -> list[Trigger]:
    """The triggers with a schedule."""
    return [trigger for trigger in triggers if trigger.schedule]


def next_due(triggers: Iterable[Trigger], after: datetime) -> list[tuple[datetime, Trigger]]:
    """The next time of each trigger with a schedule, the soonest first."""
    return sorted(((next_time(it.schedule or "", after), it) for it in starts(triggers)), key=lambda pair: pair[0])
