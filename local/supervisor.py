"""Runs a platform's processes: all that depend on each other serve, or none is left."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from time import sleep
from types import FrameType
from typing import Final

from local.errors import Interrupted
from local.processes import Identity, Process, Program, await_ready, ending, life_of, silent, stop_all
from local.progress import PATIENCE_SECONDS, Say, Waiting
from local.state import Run, RunningPart, State

WATCH_SECONDS: Final = 0.2
STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """The processes of one run, in the order in which they were started."""

    def __init__(self, state: State, run: Run, say: Say = silent) -> None:
        """A run without processes, recorded in `state` as it grows; `say` receives messages about waits."""
        self._say = say
        self._state = state
        self._run = run
        self._processes: list[Process] = []
        self._endings: list[Callable[[], None]] = []
        state.record(run)

    def start(self, programs: Sequence[Program], patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Start these and return when all programs serve; raises `PartFailed` if any ended or hangs."""
        self.launch(programs)
        await_ready(self._processes, self._say, patience_seconds)

    def launch(self, programs: Sequence[Program]) -> None:
        """Start these at once without waiting: the next `start` waits for them too.

        Call it from the main thread: the kernel ends the children with the thread that started them.
        """
        for program in programs:
            process = Process(program)
            self._processes.append(process)
            self._run = self._run.with_part(RunningPart(program.name, process.identity, program.port))
        self._state.record(self._run)

    def patience(self, what: str) -> Callable[[], bool]:
        """A function that says whether the processes make progress while `what` is waited for."""
        waiting = Waiting(lambda: life_of(self._processes), self._say)

        def goes_on() -> bool:
            for process in self._processes:
                process.check()
            return waiting.goes_on(lambda: what)

        return goes_on

    def on_stop(self, ending: Callable[[], None]) -> None:
        """Call `ending` once all processes have ended, however the run ends."""
        self._endings.append(ending)

    def mark_ready(self) -> None:
        """Record that the whole platform serves."""
        self._run = replace(self._run, ready=True)
        self._state.record(self._run)

    def watch(self) -> None:
        """Wait for ever; raises `PartFailed` when a process ends that is not renewed, and `Interrupted` on a signal."""
        while True:
            for at, process in enumerate(self._processes):
                if not process.program.renewed:
                    process.check()
                elif process.exit_code is not None and process.serves:
                    self._renew(at)
            sleep(WATCH_SECONDS)

    def _renew(self, at: int) -> None:
        """Start a process again that has served and ended; one that ended before it served stays so, as `status` shows.

        The others go on meanwhile.
        """
        ended = self._processes[at]
        self._say(f"{ended.program.name} {ending(ended.exit_code or 0)}, and is started again")
        ended.stop()
        renewed = Process(ended.program)
        self._processes[at] = renewed
        self._run = self._run.with_renewed(RunningPart(ended.program.name, renewed.identity, ended.program.port))
        self._state.record(self._run)

    def stop(self) -> None:
        """Stop all processes, the latest first, and delete the run's record."""
        stop_all(self._processes)
        try:
            while self._endings:
                self._endings.pop()()
        finally:
            self._state.forget()


@contextmanager
def supervised(state: State, stage: str, in_memory: bool, say: Say = silent) -> Iterator[Supervisor]:
    """A supervisor whose processes are gone when the block ends, however it ends.

    Inside the block, Ctrl-C, SIGTERM and SIGHUP raise `Interrupted`; while the processes are being stopped they do
    nothing. If we are killed for certain, the kernel kills the processes.
    """
    before = {number: signal.signal(number, interrupt) for number in STOPPING}
    me = Identity.of(os.getpid())
    assert me is not None
    supervisor = Supervisor(state, Run(me, stage, in_memory), say)
    try:
        yield supervisor
    finally:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        try:
            supervisor.stop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def interrupt(number: int, frame: FrameType | None) -> None:
    """A signal handler that turns the signal into `Interrupted`."""
    raise Interrupted(signal.Signals(number))
