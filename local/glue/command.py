"""`tillstream job`: one job of the running platform, or all of its workflow in order, at the terminal."""

import sys
from collections.abc import Sequence
from functools import partial
from typing import Final

from console.arguments import did_you_mean
from local.config import RunConfig
from local.errors import JobFailed, NotPossible
from local.glue import runs
from local.glue.sentences import sentences
from local.glue.triggers import run_from, starts
from local.platform import Job, Trigger
from local.state import State
from local.terminal import say

ALL: Final = "all"


def run_named(name: str, own: Sequence[str], state: State, *, as_json: bool = False) -> int:
    """Run a job by its short name, or the workflow by `all`: 0 when all succeeded, else 1.

    Raises `NotPossible` where no platform runs, or it has no such job.
    """
    config = running(state)
    jobs = {runs.short_name(job.name, config.platform.stage): job for job in config.platform.jobs}
    if name == ALL:
        return run_workflow(workflow_start(config), config, own, as_json=as_json)
    if name not in jobs:
        there = [*jobs, ALL]
        raise NotPossible(f"the platform has no job {name!r}; it has {', '.join(there)}{did_you_mean(name, there)}")
    return 0 if succeeds(jobs[name], config, own, as_json=as_json) else 1


def run_workflow(start: Trigger, config: RunConfig, own: Sequence[str], *, as_json: bool = False) -> int:
    """Run a workflow from the trigger that its schedule would start."""
    if own:
        raise NotPossible(f"arguments belong to one job: {' '.join(own)}")
    jobs = {job.name: job for job in config.platform.jobs}
    run = partial(succeeds, config=config, as_json=as_json)
    ended = list(run_from(start, config.platform.triggers, lambda name: run(jobs[name])))
    return 0 if all(done for _, done in ended) else 1


def runs_now(name: str, state: State) -> bool:
    """Whether a job, by its short name, is running; none is where no platform runs."""
    try:
        config = running(state)
    except NotPossible:
        return False
    [job] = [it for it in config.platform.jobs if runs.short_name(it.name, config.platform.stage) == name]
    try:
        with runs.only_run(job, config):
            return False
    except NotPossible:
        return True


def succeeds(job: Job, config: RunConfig, own: Sequence[str] = (), *, as_json: bool = False) -> bool:
    """Run a job, print its results, and return whether it succeeded; `as_json` prints the job's own records.

    It is not tried again: somebody at a terminal decides that.
    """
    name = runs.short_name(job.name, config.platform.stage)
    say(f"{name}: running (log: {State(config.state).log(runs.log_name(job))})")
    try:
        seconds = runs.run(job, config, own)
    except JobFailed as error:
        say(f"tillstream job: {error}")
        return False
    records = runs.results(State(config.state).log(runs.log_name(job)))
    if as_json:
        print("\n".join(records), end="\n" if records else "")
    else:
        for sentence in sentences(records):
            print(f"{name}: {sentence}")
    (say if as_json else print)(f"{name} succeeded in {seconds:.1f} s")
    sys.stdout.flush()
    return True


def workflow_start(config: RunConfig) -> Trigger:
    """The trigger that starts the platform's workflow; raises `NotPossible` if there is none."""
    for trigger in starts(config.platform.triggers):
        if trigger.workflow:
            return trigger
    raise NotPossible("the platform has no workflow that a schedule starts")


def running(state: State) -> RunConfig:
    """The platform that runs in this checkout; raises `NotPossible` if none does."""
    run = state.run()
    if run is None or not run.supervisor.alive or not run.ready:
        raise NotPossible("no platform runs in this checkout: `tillstream up` starts one")
    return RunConfig.load(state.config_file)
