"""`python -m local.glue.scheduler CONFIG`: starts the jobs and functions of a running platform when they are due.

One job runs at a time, since the laptop has one Spark; what falls due meanwhile starts when it has ended, once. A job
that fails is started again as often as its template says. It tells its supervisor when it waits.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from local.config import RunConfig
from local.errors import JobFailed, NotPossible
from local.glue import runs
from local.glue.cron import next_time
from local.glue.triggers import next_due, run_from
from local.log_records import note
from local.parts.provisioning import client
from local.platform import Job, Platform, Timer, Trigger
from local.readiness import tell_ready

LOOK_SECONDS: Final = 1.0
"""Seconds between two looks at the clock: it may be set, and a laptop sleeps."""


def main(arguments: list[str]) -> int:
    """Wait for triggers and start their jobs, until the supervisor ends this process."""
    config = RunConfig.load(Path(arguments[0]))
    tell_ready()
    last = datetime.now(UTC)
    while True:
        seen, now = last, datetime.now(UTC)
        for timer in config.platform.timers:
            if next_time(timer.schedule, seen) <= now:
                last = now
                invoke(timer, config, now)
        for due, trigger in next_due(config.platform.triggers, seen):
            if due <= now:
                last = now
                start(trigger, config)
        sleep(LOOK_SECONDS)


def invoke(timer: Timer, config: RunConfig, now: datetime) -> None:
    """Invoke the function of a timer with EventBridge's event, and print what it answers or why it failed."""
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "time": now.isoformat(), "detail": {}}
    service = client(config, "lambda")
    try:
        answer = service.invoke(FunctionName=timer.function, Payload=json.dumps(event))
    except (BotoCoreError, ClientError) as error:
        note(f"{timer.function} cannot be invoked: {error}")
        return
    note(f"{timer.function} answered {answer['Payload'].read().decode('utf-8', 'replace')}")


def start(trigger: Trigger, config: RunConfig) -> None:
    """Run the jobs of a trigger, and print the results."""
    jobs = by_name(config.platform)
    note(f"{trigger.name} is due")
    for _ in run_from(trigger, config.platform.triggers, lambda name: succeeds(jobs[name], config)):
        pass


def succeeds(job: Job, config: RunConfig) -> bool:
    """Run a job, and again as often as its template says; returns whether a run succeeded."""
    for attempt in range(job.retries + 1):
        try:
            seconds = runs.run(job, config)
        except NotPossible as error:
            note(str(error))
            return False
        except JobFailed as error:
            note(f"{error}\n(run {attempt + 1} of {job.retries + 1})")
        else:
            note(f"{job.name} succeeded in {seconds:.0f} s")
            return True
    return False


def by_name(platform: Platform) -> dict[str, Job]:
    """The jobs by the names that triggers use."""
    return {job.name: job for job in platform.jobs}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
