"""Child processes: started so that they die with this process, and stopped for certain."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Final, Self

from local.errors import PartFailed, last_lines
from local.progress import PATIENCE_SECONDS, Life, Say, Waiting, cpu_seconds, size
from local.readiness import Readiness

TETHER: Final = str(Path(__file__).with_name("tether.py"))
POLL_SECONDS: Final = 0.02
STOP_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run: its command, the file of its output, and the test whether it serves.

    The platform's own programs report that themselves (`local.readiness`); for others `probe` says whether they serve.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    probe: Callable[[], bool] | None = None
    port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    """The working directory; None for this process's own."""
    renewed: bool = False
    """Whether it is started again when it ends, since no other process depends on it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A process, distinguished from a later one with the same id: `started` is in clock ticks since boot."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The identity of the process with this id now; None if there is none, or only a zombie."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        except OSError:
            return None
        state, *values = stat[stat.rindex(")") + 2 :].split()  # the name before it may hold blanks and parentheses
        return None if state in "ZX" else cls(pid, int(values[18]))

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Send the signal, unless the process has ended; an unrelated process is never hit."""
        if self.alive:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def end(self, grace_seconds: float = STOP_SECONDS) -> None:
        """Stop this process, which need not be a child: politely first, then for certain."""
        self.send(signal.SIGTERM)
        if not wait_until(lambda: not self.alive, grace_seconds):
            self.send(signal.SIGKILL)
            wait_until(lambda: not self.alive, grace_seconds)


def silent(message: str) -> None:
    """Ignore a progress message: for callers that show none."""


class Process:
    """A running program in its own process group, so that a Ctrl-C in the terminal reaches only this process."""

    def __init__(self, program: Program) -> None:
        """Start it; the log of the run before is kept beside it as `.1`."""
        self.program = program
        keep_before(program.log)
        self._readiness = Readiness()
        with program.log.open("wb") as log:
            self._child = spawn(program, log.fileno(), self._readiness)
        self._readiness.hand_over()
        self.identity = Identity.of(self._child.pid) or Identity(self._child.pid, 0)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._child.poll()

    @property
    def serves(self) -> bool:
        """Whether the program serves now; one that reports it itself did so once."""
        return self._readiness.reported if self.program.probe is None else self.program.probe()

    @property
    def group(self) -> int:
        """The id of its process group, which holds its children too."""
        return self._child.pid

    @property
    def log(self) -> Path:
        """The file of its output."""
        return self.program.log

    def failure(self, what: str) -> PartFailed:
        """The error about this program, with the end of its log."""
        return PartFailed(self.program.name, what, self.program.log)

    def check(self) -> None:
        """Raise `PartFailed` if the program has ended."""
        if self.exit_code is not None:
            raise self.failure(ending(self.exit_code))

    def terminate(self) -> None:
        """Ask the program to stop, without waiting."""
        if self.exit_code is None:
            self._child.terminate()

    def stop(self, grace_seconds: float = STOP_SECONDS) -> None:
        """Stop the program, and wait: politely first, then for certain with all of its process group."""
        self.terminate()
        self._readiness.close()
        try:
            self._child.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()


def keep_before(log: Path) -> None:
    """Make room for a new log: that of the run before is kept beside it as `.1`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))


PRIVATE: Final = 0o077
"""The umask of all that runs: what it writes is its user's alone."""


def spawn(program: Program, output: int, readiness: Readiness) -> "subprocess.Popen[bytes]":
    """Start a child that the kernel kills when the calling thread ends, its output and errors going to `output`."""
    return subprocess.Popen(
        tethered(program.argv),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**local_environment(), **program.environment, **readiness.environment},
        cwd=program.folder,
        pass_fds=(readiness.write_end,),
        process_group=0,
        umask=PRIVATE,
    )


def tethered(argv: Sequence[str]) -> list[str]:
    """The command that runs `argv` as a child that the kernel kills when the calling thread ends."""
    return [sys.executable, "-I", "-S", TETHER, str(os.getpid()), *argv]


def local_environment() -> dict[str, str]:
    """This process's environment without the shell's AWS settings: nothing here may reach an account."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def life_of(processes: Sequence[Process]) -> Life:
    """The work that these processes and their children have done so far."""
    groups = {process.group for process in processes}
    return Life(cpu_seconds(groups), sum(size(process.log) for process in processes))


def await_ready(processes: Sequence[Process], say: Say = silent, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Return when all serve, however long it takes while the others make progress.

    Raises `PartFailed` naming the first that ended, or one that hangs: its log did not grow, and it hardly used the
    processor.
    """
    waiting = list(processes)
    progress = Waiting(lambda: life_of(waiting), say, patience_seconds=patience_seconds)

    def what() -> str:
        return f"{', '.join(process.program.name for process in waiting)} to serve"

    while True:
        for process in processes:
            process.check()
        waiting = [process for process in waiting if not process.serves]
        if not waiting:
            return
        if not progress.goes_on(what):
            raise waiting[0].failure(f"hangs: it does not serve, and {nothing_happened(patience_seconds)}")
        sleep(POLL_SECONDS)


def run_to_end(program: Program, say: Say = silent, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Run a program to its end, however long that takes while it makes progress; returns its exit code.

    Raises `PartFailed` where it hangs: its log does not grow, and it hardly uses the processor.
    """
    process = Process(program)
    progress = Waiting(lambda: life_of([process]), say, patience_seconds=patience_seconds)
    try:
        while process.exit_code is None:
            if not progress.goes_on(lambda: f"{program.name}: {''.join(last_lines(program.log, 1))}".rstrip(": ")):
                raise process.failure(f"hangs: {nothing_happened(patience_seconds)}")
            sleep(POLL_SECONDS)
        return process.exit_code
    finally:
        process.stop()


def peak_mb(pid: int) -> int:
    """The most memory that a process has held, in MB (`VmHWM` of proc(5)); 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/status", "rb", buffering=0) as file:
            status = file.read(4096)
    except OSError:
        return 0
    _, found, rest = status.partition(b"VmHWM:")
    return int(rest.split(None, 1)[0]) // 1024 if found else 0


def nothing_happened(seconds: float) -> str:
    """The reason why something counts as hanging."""
    return f"nothing happened for {seconds:.0f} s: its log did not grow, and it hardly used the processor"


def stop_all(processes: Sequence[Process], grace_seconds: float = STOP_SECONDS) -> None:
    """Stop the processes, the latest first: each when those that use it have ended."""
    for process in reversed(processes):
        process.stop(grace_seconds)


def wait_until(condition: Callable[[], bool], deadline_seconds: float) -> bool:
    """Whether the condition came true before the deadline."""
    deadline = monotonic() + deadline_seconds
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(POLL_SECONDS)
    return True


def ending(code: int) -> str:
    """The end of a program, in words.

    >>> ending(-9), ending(3)
    ('was killed by SIGKILL', 'ended with exit code 3')
    """
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
