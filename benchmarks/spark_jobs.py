"""Runs of Spark jobs as the laptop runs them, watched: seconds, memory of each kind of process, what Spark spilled.

A job of ours is the template's; a peer's script takes its place with the same Spark settings.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from local.config import RunConfig
from local.glue import runs
from local.platform import Job
from local.processes import Process
from local.state import State

LOOK_SECONDS = 0.5
PEERS = Path(__file__).parent / "peers"
_TICKS = os.sysconf("SC_CLK_TCK")


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
    """What the job printed as JSON."""


def job(config: RunConfig, name: str) -> Job:
    """The platform's job of this short name."""
    return next(it for it in config.platform.jobs if runs.short_name(it.name, config.platform.stage) == name)


def peer(config: RunConfig, script: str, **arguments: str) -> Job:
    """A script of `peers/` as a job with the Spark settings of ours."""
    ours = job(config, "curate")
    options = {f"--{name}": value for name, value in arguments.items()}
    return replace(ours, name=f"peer-{script}", script=PEERS / f"{script}.py", rooms=(), arguments=options)


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
        assert process.exit_code == 0, f"{of.name} failed; {runs.told(log)}"
        watch.run.seconds = monotonic() - began
    watch.run.said = [json.loads(line) for line in runs.results(log)]
    _add_events(watch.run, max(events.iterdir(), key=lambda path: path.stat().st_mtime))
    return watch.run


class _Watch:
    """Looks at all processes of a run now and then."""

    def __init__(self) -> None:
        self.run = Run()
        self._cpu: dict[int, int] = {}
        self._workers: set[int] = set()

    def look(self, root: int) -> None:
        """Note the peaks of the process `root` and of all below it."""
        parents = _parents()
        for pid in _below(root, parents):
            try:
                status = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
                stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
            except OSError:
                continue
            values = stat[stat.rindex(")") + 2 :].split()
            self._cpu[pid] = int(values[11]) + int(values[12])
            self._note(pid, root, status)
        self.run.cpu_seconds = sum(self._cpu.values()) / _TICKS

    def _note(self, pid: int, root: int, status: str) -> None:
        peak = next((float(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)
        if pid == root:
            self.run.driver_mb = max(self.run.driver_mb, peak)
        elif status.startswith("Name:\tjava"):
            self.run.jvm_mb = max(self.run.jvm_mb, peak)
        elif status.startswith("Name:\tpython"):  # the workers' daemon, and its forks, which do the work
            self.run.worker_mb = max(self.run.worker_mb, peak)
            self._workers.add(pid)
            self.run.workers = len(self._workers)


def _parents() -> dict[int, int]:
    """The parent of every process of this machine."""
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                stat = (path / "stat").read_text("utf-8", "replace")
            except OSError:
                continue
            found[int(path.name)] = int(stat[stat.rindex(")") + 2 :].split()[1])
    return found


def _below(root: int, parents: Mapping[int, int]) -> list[int]:
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _add_events(run: Run, log: Path) -> None:
    """Add what Spark's event log says: tasks, spilled bytes, and each stage's name, tasks and seconds."""
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
    """Print where the run's time went."""
    print(f"{name}: {run_.seconds:.1f} s, {run_.cpu_seconds:.0f} s of CPU, {run_.said}")
    for stage in run_.stages:
        print(f"    {stage}")
