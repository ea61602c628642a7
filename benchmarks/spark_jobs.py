"""Runs Spark jobs as the laptop does, and records seconds, memory of each kind of process, and spilled bytes.

Our jobs are the template's; a peer's script takes its place with the same Spark settings.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil

from local.config import RunConfig
from local.glue import runs
from local.platform import Job
from local.processes import Process, peak_mb
from local.state import State

LOOK_SECONDS = 0.5
PEERS = Path(__file__).parent / "peers"


@dataclass
class Run:
    """One run of a job. Memory is the peak resident size in MB: of the driver's Python, of the JVM, and of the greatest
    of its Python workers, of which there were `workers`."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    driver_mb: float = 0.0
    jvm_mb: float = 0.0
    worker_mb: float = 0.0
    workers: int = 0
    tasks: int = 0
    spilled_mb: float = 0.0
    stages: list[str] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    """The JSON that the job printed."""


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
        watch, began = _Watch(), monotonic()
        process = Process(replace(program, environment=added))
        try:
            while process.exit_code is None:
                watch.look(process.identity.pid)
                sleep(LOOK_SECONDS)
        finally:
            process.stop()
        assert process.exit_code == 0, f"{of.name} failed; {runs.cause(log)}"
        watch.run.seconds = monotonic() - began
    watch.run.said = [json.loads(line) for line in runs.results(log)]
    _add_events(watch.run, max(events.iterdir(), key=lambda path: path.stat().st_mtime))
    return watch.run


class _Watch:
    """Looks at all processes of a run now and then."""

    def __init__(self) -> None:
        self.run = Run()
        self._cpu: dict[int, float] = {}
        self._workers: set[int] = set()

    def look(self, root: int) -> None:
        """Note the peaks of the process `root` and of all below it."""
        with suppress(psutil.NoSuchProcess):
            above = psutil.Process(root)
            for process in (above, *above.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    used = process.cpu_times()
                    self._cpu[process.pid] = used.user + used.system
                    self._note(process, root)
        self.run.cpu_seconds = sum(self._cpu.values())

    def _note(self, process: psutil.Process, root: int) -> None:
        peak = peak_mb(process.pid)
        if process.pid == root:
            self.run.driver_mb = max(self.run.driver_mb, peak)
        elif process.name() == "java":
            self.run.jvm_mb = max(self.run.jvm_mb, peak)
        elif process.name().startswith("python"):  # the workers' daemon, and its forks, which do the work
            self.run.worker_mb = max(self.run.worker_mb, peak)
            self._workers.add(process.pid)
            self.run.workers = len(self._workers)


def _add_events(run: Run, log: Path) -> None:
    """Add the figures of Spark's event log: tasks, spilled bytes, and each stage's name, tasks and seconds."""
    names: dict[int, str] = {}
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"Event":"SparkListenerTaskEnd"'):
                metrics = json.loads(line).get("Task Metrics") or {}
                run.tasks += 1
                run.spilled_mb += metrics.get("Disk Bytes Spilled", 0) / 1e6
            elif line.startswith('{"Event":"SparkListenerStageCompleted"'):
                info = json.loads(line)["Stage Info"]
                seconds = (info["Completion Time"] - info["Submission Time"]) / 1000
                names[info["Stage ID"]] = f"{info['Stage Name'][:40]}: {info['Number of Tasks']} tasks, {seconds:.1f} s"
    run.stages += [names[stage] for stage in sorted(names)]


def show_stages(name: str, run_: Run) -> None:
    """Print the time of each stage of the run."""
    print(f"{name}: {run_.seconds:.1f} s, {run_.cpu_seconds:.0f} s of CPU, {run_.said}")
    for stage in run_.stages:
        print(f"    {stage}")
