"""A backfill on the laptop: its event source, a second time, with the consumer's mapping under another group."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic, sleep
from typing import Final

from console.counts import counted
from local.config import RunConfig
from local.processes import Process, Program
from local.state import State, held
from operations.backfill.plan import Plan, left
from operations.errors import Refused
from operations.reconcile.patience import Patience
from operations.topic import Topic

LOOK_SECONDS: Final = 0.2
QUIET_SECONDS: Final = 120.0
"""How long a backfill that makes no progress is waited for."""


def carry_out(plan: Plan, topic: Topic, state: State, say: Callable[[str], None]) -> None:
    """Read the plan's messages again; raises `Refused` if the consumer makes no progress, and `NotPossible` while
    another backfill is on.

    A backfill that is stopped has done a part of its work, and may be begun again. Kafka forgets its group by itself,
    a week after its last commit.
    """
    lock = state.config_file.with_name("backfill.lock")
    with held(lock, 0, "a backfill is on already: another one would overwrite its settings; wait for its end"):
        _carry_out(plan, topic, state, say)


def _carry_out(plan: Plan, topic: Topic, state: State, say: Callable[[str], None]) -> None:
    """Read the plan's messages again, while no other backfill may begin."""
    told = 0
    topic.commit(plan.beside, {it.partition: it.first for it in plan.reaches})
    patience = Patience(QUIET_SECONDS)
    with _reading(plan, state) as source:
        while to_do := left(plan, topic.committed_by(plan.beside)):
            source.check()
            if to_do != told:
                say(f"{counted(to_do, 'message')} left to read")
            if not patience.bears(to_do, monotonic()):
                raise Refused(f"the consumer has not gone on for {QUIET_SECONDS:g} s: see {source.log}")
            told = to_do
            sleep(LOOK_SECONDS)


@contextmanager
def _reading(plan: Plan, state: State) -> Iterator[Process]:
    """An event source that reads as the plan's group inside the block."""
    config = RunConfig.load(state.config_file)
    name = "backfill"
    mappings = [
        replace(it, name=f"{it.name}-{name}", group=plan.beside)
        for it in config.platform.mappings
        if it.group == plan.group
    ]
    file = state.config_file.with_name(f"{name}.json")
    replace(config, platform=replace(config.platform, mappings=tuple(mappings))).save(file)
    command = (sys.executable, "-m", "local.event_source", str(file))
    process = Process(Program(name, command, state.log(name), environment={"PYTHONUNBUFFERED": "1"}))
    try:
        yield process
    finally:
        process.stop()
        file.unlink(missing_ok=True)
