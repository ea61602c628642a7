"""Looks at a deployed stage: its API says how far each row is, Glue and CloudWatch the state of jobs and alarms."""

import json
from collections.abc import Callable
from typing import Any, Final

import msgspec

from console.wrapping import wrapped
from local.status.watch import shown
from operations.errors import StoreUnreachable, reading
from operations.stage.deployed import Deployed
from operations.stage.state import PipelineSeen, rates, stage_text, state_of
from producer.api import Api, Connection
from producer.errors import NoAnswer
from producer.replay.plan import detail

PIPELINE: Final = "/pipeline"
LOOK_SECONDS: Final = 10.0
"""The seconds between two looks: each asks Glue and CloudWatch, which count requests."""


def show_status(stage: Deployed, *, as_json: bool) -> int:
    """Print the stage's state; raises `StoreUnreachable` if its API, Glue or CloudWatch do not answer."""
    now = look(stage, Api(stage.target).connect())
    print(json.dumps(now, indent=1) if as_json else wrapped(stage_text(now, stage.target.api_url)))
    return 0


def watch(stage: Deployed, *, as_json: bool) -> int:
    """Show the stage's state anew every few seconds, until Ctrl-C."""
    return shown(looks(stage), LOOK_SECONDS, as_json=as_json)


def looks(stage: Deployed) -> Callable[[], dict[str, Any]]:
    """A function that looks at the stage; each look has the rates since the one before it."""
    connection = Api(stage.target).connect()
    before: dict[str, Any] | None = None

    def again() -> dict[str, Any]:
        nonlocal before
        try:
            now = look(stage, connection)
        except StoreUnreachable as error:
            return {"running": False, "stage": stage.stack, "parts": [], "trouble": str(error)}
        now["rates"], before = rates(before, now), now
        return now

    return again


def look(stage: Deployed, connection: Connection) -> dict[str, Any]:
    """The stage's state now."""
    seen = pipeline(connection)
    with reading(f"the state of {stage.stack}"):
        return state_of(stage.stack, stage.target.lake_bucket, seen, newest_runs(stage), alarms(stage))


_decode: Final = msgspec.json.Decoder(PipelineSeen).decode


def pipeline(connection: Connection) -> PipelineSeen:
    """The API's answer; raises `StoreUnreachable` if it is not one."""
    try:
        answer = connection.get(PIPELINE)
    except NoAnswer as error:
        raise StoreUnreachable(str(error)) from error
    if answer.status != 200:
        raise StoreUnreachable(f"the API answers {answer.status} to GET {PIPELINE}: {detail(answer.body)}")
    return _decode(answer.body)


def newest_runs(stage: Deployed) -> dict[str, dict[str, Any] | None]:
    """The newest run of each job; None where it has not run yet."""
    glue = stage.target.client("glue")
    runs = {name: glue.get_job_runs(JobName=job, MaxResults=1)["JobRuns"] for name, job in stage.jobs().items()}
    return {name: found[0] if found else None for name, found in runs.items()}


def alarms(stage: Deployed) -> list[dict[str, Any]]:
    """The stage's alarms as CloudWatch has them."""
    pages = stage.target.client("cloudwatch").get_paginator("describe_alarms")
    found = pages.paginate(AlarmNamePrefix=f"{stage.stack}-", AlarmTypes=["MetricAlarm"])
    return [alarm for page in found for alarm in page["MetricAlarms"]]
