"""The state of a deployed stage, in the form in which `tillstream status --json` has the laptop's. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from console.counts import counted
from local.cloudwatch.raised import described, short_name
from local.status.text import held, in_quarantine, troubles, waiting

STANDS_STILL: Final = {
    "stalled": "nothing of what it has not read was done for minutes",
    "stopped": "nobody polls for it: its event source mapping is disabled, or cannot reach the brokers",
}
"""The sentence for each state in which a consumer does not go on; console.runbook knows their pages."""


class PlaceSeen(msgspec.Struct, frozen=True):
    """A message's place in the API's answer."""

    partition: int
    offset: int


class BoundsSeen(msgspec.Struct, frozen=True):
    """A partition's first and next offset in the API's answer."""

    partition: int
    start: int
    end: int


class ConsumerSeen(msgspec.Struct, frozen=True):
    """A consumer group in the API's answer; `unread` is the first message of each partition that it has not read."""

    name: str
    group: str
    behind: int
    oldest_at: datetime | None
    state: str
    unread: Sequence[PlaceSeen] = ()


class StoreSeen(msgspec.Struct, frozen=True):
    """A store in the API's answer; the count is None where it is not known."""

    name: str
    kind: str
    count: int | None


class TopicSeen(msgspec.Struct, frozen=True):
    """The topic in the API's answer."""

    name: str
    messages: int
    partitions: Sequence[BoundsSeen]


class FileSeen(msgspec.Struct, frozen=True):
    """A raw object in the API's answer."""

    key: str
    bytes: int
    at: datetime


class QuarantineSeen(msgspec.Struct, frozen=True):
    """The counts of quarantine in the API's answer: its records, and the decisions about them."""

    records: int
    decisions: int


class VerdictSeen(msgspec.Struct, frozen=True):
    """The last published verdict in the API's answer."""

    outcome: str
    at: datetime
    sentence: str


class PipelineSeen(msgspec.Struct, frozen=True):
    """The API's answer to GET /pipeline, as far as the terminal shows it."""

    at: datetime
    topic: TopicSeen
    consumers: Sequence[ConsumerSeen]
    stores: Sequence[StoreSeen]
    files: Sequence[FileSeen]
    quarantine: QuarantineSeen
    verdict: VerdictSeen | None


def state_of(
    stack: str, bucket: str, seen: PipelineSeen, runs: Mapping[str, Mapping[str, Any] | None],
    alarms: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """The stage's state: `runs` are the newest runs of its jobs as Glue answers, `alarms` those of CloudWatch."""
    return {
        "running": True,
        "at": seen.at.isoformat(),
        "stage": stack,
        "parts": [],
        "topics": [
            {"name": seen.topic.name, "partitions": len(seen.topic.partitions), "end_offset": seen.topic.messages}
        ],
        "groups": [_group(it, seen) for it in seen.consumers],
        "failures": [],
        "jobs": [_job(name, run) for name, run in runs.items()],
        "buckets": [
            {
                "name": bucket,
                "quarantine": max(0, seen.quarantine.records - seen.quarantine.decisions),
                "last_files": [{"key": it.key, "bytes": it.bytes, "written": it.at.isoformat()} for it in seen.files],
            }
        ],
        "verdict": msgspec.to_builtins(seen.verdict),
        "alarms": [_alarm(stack, it) for it in alarms],
        "rates": {},
        **{
            kind: {it.name: it.count for it in seen.stores if it.kind == kind and it.count is not None}
            for kind in ("deliveries", "lines")
        },
    }


def rates(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> dict[str, float]:
    """The rows a second that each store took between two looks; empty without a look before.

    A table's own count is left out: AWS renews it about every six hours.
    """
    if before is None:
        return {}
    seconds = (datetime.fromisoformat(now["at"]) - datetime.fromisoformat(before["at"])).total_seconds()
    then = before["deliveries"]
    return {
        name: round((count - then[name]) / seconds, 1)
        for name, count in now["deliveries"].items()
        if seconds > 0 and name in then
    }


def _group(it: ConsumerSeen, seen: PipelineSeen) -> dict[str, Any]:
    waited = None if it.oldest_at is None else max(timedelta(), seen.at - it.oldest_at)
    return {
        "name": it.name,
        "topic": seen.topic.name,
        "lag": it.behind,
        "oldest_seconds": None if waited is None else round(waited.total_seconds()),
        "stands_still": STANDS_STILL.get(it.state),
    }


def _job(name: str, run: Mapping[str, Any] | None) -> dict[str, Any]:
    if run is None:
        return {"name": name, "state": None, "started": None, "error": None}
    return {
        "name": name,
        "state": run["JobRunState"],
        "started": run["StartedOn"].isoformat(),
        "error": run.get("ErrorMessage"),
    }


def _alarm(stack: str, it: Mapping[str, Any]) -> dict[str, Any]:
    meaning, page = described(it.get("AlarmDescription", ""))
    return {
        "name": short_name(it["AlarmName"].removeprefix(f"{stack}-")),
        "state": it["StateValue"],
        "meaning": meaning,
        "page": page,
    }


def stage_text(state: Mapping[str, Any], api_url: str) -> str:
    """The answer of `tillstream status --stack` for people."""
    now = dict(state)
    lines = [f"stack {state['stage']}", f"API {api_url}"]
    lines += [f"topic {it['name']}: {counted(it['end_offset'], 'message')} sent" for it in state["topics"]]
    lines += [f"consumer {it['name']}: {waiting(it)}" for it in state["groups"]]
    lines += [f"job {it['name']}: {job_text(it)}" for it in state["jobs"]]
    lines += [in_quarantine(now)]
    if verdict := state["verdict"]:
        lines += [f"last verdict, {verdict['at']}: {verdict['sentence']}"]
    return "\n".join([*lines, held(now), *troubles(now)])


def job_text(job: Mapping[str, Any]) -> str:
    """The newest run of a job in words.

    >>> job_text({"state": None}), job_text({"state": "FAILED", "started": "2010-12-01T08:00", "error": "no disk"})
    ('it has not run yet', 'failed, begun at 2010-12-01T08:00: no disk')
    """
    if job["state"] is None:
        return "it has not run yet"
    return f"{job['state'].lower()}, begun at {job['started']}" + (f": {job['error']}" if job["error"] else "")
