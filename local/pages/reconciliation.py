"""Runs `tillstream reconcile --publish` for the pages, one at a time, and keeps its words while the platform runs."""

import asyncio
import os
from asyncio import Task
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from stat import S_ISDIR, S_ISREG
from typing import Any, Final

from local.pages.commands import begun
from local.processes import ending

OUTCOMES: Final = {0: "holds", 1: "lost", 3: "due"}
"""The outcome by the command's exit code; every other one means that it could not judge."""

MOST_LINES: Final = 200
MOST_MINUTES: Final = 30


class AlreadyRunning(Exception):
    """A reconciliation runs: two at once would only make each slower."""


class NoFiles(Exception):
    """A path names neither a file nor a folder; the text says which one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last reconciliation; `at` and `outcome` are None before the first has ended."""

    running: bool = False
    paths: tuple[str, ...] = ()
    at: datetime | None = None
    outcome: str | None = None
    sentences: tuple[str, ...] = ()

    def answer(self) -> dict[str, Any]:
        """The verdict as the pages read it."""
        at = self.at.isoformat() if self.at else None
        return {
            "running": self.running,
            "paths": list(self.paths),
            "at": at,
            "outcome": self.outcome,
            "sentences": list(self.sentences),
        }


class Reconciliation:
    """The reconciliation of these pages; paths are relative to the folder in which the platform was started."""

    def __init__(self, *, most_seconds: float = MOST_MINUTES * 60) -> None:
        self._most_seconds = most_seconds
        self._task: Task[None] | None = None
        self._before = Verdict()
        self.last = Verdict()

    def start(self, paths: Sequence[str]) -> Verdict:
        """Begin to compare the stores with these files; raises `AlreadyRunning` and `NoFiles`."""
        if self.last.running:
            raise AlreadyRunning
        refuse_what_does_not_end(paths)
        self._before, self.last = self.last, replace(self.last, running=True, paths=tuple(paths))
        self._task = asyncio.create_task(self._run(paths))
        return self.last

    async def stop(self) -> None:
        """End the reconciliation that runs, if one does; the verdict before it stays the last one."""
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self.last = self._before

    async def _run(self, paths: Sequence[str]) -> None:
        lines: deque[str] = deque(maxlen=MOST_LINES)
        try:
            async with asyncio.timeout(self._most_seconds):
                code = await _compare(paths, lines)
            outcome = OUTCOMES.get(code, "failed")
            if code < 0:
                lines.append(f"The command {ending(code)}.")
        except TimeoutError:
            lines.append(f"It was ended after {self._most_seconds / 60:g} minutes.")
            outcome = "failed"
        except (OSError, ValueError) as error:  # such as more words than the system takes, or a line without an end
            lines.append(f"The command failed: {error}")
            outcome = "failed"
        self.last = Verdict(False, tuple(paths), datetime.now(UTC), outcome, tuple(lines))


async def _compare(paths: Sequence[str], lines: deque[str]) -> int:
    """The exit code of the command, whose last lines are added to `lines` as they are printed."""
    async with begun("reconcile", "--publish", "--", *paths, together=True) as process:
        assert process.stdout is not None
        async for line in process.stdout:
            lines.append(line.decode("utf-8", "replace").rstrip())
        return await process.wait()


def refuse_what_does_not_end(paths: Sequence[str]) -> None:
    """Raise `NoFiles` for a path that is neither a regular file nor a folder: a pipe or device may never end."""
    for path in paths:
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            continue  # the command says so
        if not (S_ISREG(mode) or S_ISDIR(mode)):
            raise NoFiles(f"{path} is neither a file nor a folder: only these can be read again")
