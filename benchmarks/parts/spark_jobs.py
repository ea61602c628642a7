"""Runs Spark jobs as the laptop does, and records their seconds, tasks and spilled bytes.

Our jobs are the template's; a peer's script takes its place with the same Spark settings.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from local.config import RunConfig
from local.errors import JobFailed
from local.glue import runs
from local.platform import Job
from local.processes import Process, ending
from local.state import State

LOOK_SECONDS = 0.05
PEERS = Path(__file__).parents[1] / "peers"


@dataclass
class Run:
    """One run of a job: its seconds and tasks, the megabytes that it spilled, and the JSON that it printed."""

    seconds: float = 0.0
    tasks: int = 0
    spilled_mb: float = 0.0
    said: list[dict[str, Any]] = field(default_factory=list)


def job(config: RunConfig, name: str) -> Job:
    """The platform's job of this short name."""
    return next(it for it in config.platform.jobs if runs.short_name(it.name, config.platform.stage) == name)


def peer(config: RunConfig, script: str, **arguments: str) -> Job:
    """A script of `peers/` as a job with our Spark settings."""
    ours = job(config, "curate")
    options = {f"--{name}": value for name, value in arguments.items()}
    return replace(ours, name=f"peer-{script}", script=PEERS / f"{script}.py", module_zips=(), arguments=options)


def run(of: Job, config: RunConfig, *own: str, environment: Mapping[str, str] | None = None) -> Run:
    """Run the job to its end and watch it; `own` arguments come after the template's. Raises where it fails."""
    events = Path(config.state) / "spark-events"
    events.mkdir(exist_ok=True)
    logged = {"enabled": "true", "dir": events.as_uri(), "compress": "false"}
    of = replace(of, conf={**of.conf, **{f"spark.eventLog.{name}": value for name, value in logged.items()}})
    log = State(config.state).log(runs.log_name(of))
    with runs.scratch(of, config):
        program = runs.program(of, config, own, log)
        added = {**program.environment, **(environment or {})}
        began = monotonic()
        process = Process(replace(program, environment=added))
        try:
            while process.exit_code is None:
                sleep(LOOK_SECONDS)
        finally:
            process.stop()
        if process.exit_code:
            raise JobFailed(f"{of.name} {ending(process.exit_code)}; {runs.cause(log)}")
        found = Run(monotonic() - began, said=[json.loads(line) for line in runs.results(log)])
    _add_events(found, max(events.iterdir(), key=lambda path: path.stat().st_mtime))
    return found


def _add_events(run: Run, log: Path) -> None:
    """Add the figures of Spark's event log: tasks and spilled bytes."""
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"Event":"SparkListenerTaskEnd"'):
                metrics = json.loads(line).get("Task Metrics") or {}
                run.tasks += 1
                run.spilled_mb += metrics.get("Disk Bytes Spilled", 0) / 1e6
