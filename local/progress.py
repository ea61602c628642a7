"""Waiting for work as long as it makes progress: a wait ends because nothing happens, never because of a fixed time.

A process goes on while it and its children use the processor, or while its log grows. On a machine that gives it a
tenth of a core that is slow, and no failure.
"""

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

PATIENCE_SECONDS: Final = 120.0
"""Seconds without progress after which the work counts as hanging."""

LEAST_CPU_SECONDS: Final = 2.0
"""Processor seconds within the patience: less is an idle server's housekeeping, not work."""

TELL_SECONDS: Final = 15.0
"""Seconds between two messages about what is waited for."""

LOOK_SECONDS: Final = 1.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Life:
    """The work that some processes have done so far."""

    cpu_seconds: float
    log_bytes: int


class Waiting:
    """One wait: checks the work now and then, prints what is waited for, and says whether it makes progress."""

    def __init__(
        self, look: Callable[[], Life], say: Say, *, patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        """`look` is called every second, however often `goes_on` is."""
        self._look, self._say, self._clock = look, say, clock
        self.patience_seconds = patience_seconds
        now = clock()
        self._life, self._alive_at, self._looked_at, self._told_at = look(), now, now, now

    def goes_on(self, what: Callable[[], str]) -> bool:
        """Whether the work made progress within the patience; prints now and then that `what` is waited for."""
        now = self._clock()
        if now - self._looked_at >= min(LOOK_SECONDS, self.patience_seconds / 4):
            self._looked_at, life = now, self._look()
            worked = life.cpu_seconds - self._life.cpu_seconds
            if life.log_bytes != self._life.log_bytes or worked >= self._least_cpu_seconds:
                self._life, self._alive_at = life, now
        if now - self._told_at >= TELL_SECONDS:
            self._told_at = now
            self._say(f"still waiting for {what()}")
        return now - self._alive_at < self.patience_seconds

    @property
    def _least_cpu_seconds(self) -> float:
        return LEAST_CPU_SECONDS * self.patience_seconds / PATIENCE_SECONDS


def cpu_seconds(groups: Collection[int]) -> float:
    """The processor time of all processes of these groups, and of their children that have ended."""
    import psutil  # takes a while, and only who waits needs it

    seconds = 0.0
    for pid in psutil.pids():
        with suppress(psutil.Error, ProcessLookupError):  # it has ended meanwhile
            if os.getpgid(pid) in groups:
                used = psutil.Process(pid).cpu_times()
                seconds += used.user + used.system + used.children_user + used.children_system
    return seconds


def size(log: Path) -> int:
    """The bytes of a log; 0 if there is none yet."""
    try:
        return log.stat().st_size
    except OSError:
        return 0
