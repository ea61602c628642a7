"""Runs `tillstream reconcile` for the pages, one at a time, and keeps its verdict while the platform runs."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from local.processes import tethered

OUTCOMES: Final = {0: "holds", 1: "lost", 3: "due"}
"""The outcome by the command's exit code; every other one means that it could not judge."""

MOST_LINES: Final = 200
_OF_SHELLS: Final = ("TILLSTREAM_API_URL", "AWS_PROFILE")
"""Variables by which the command would ask another platform."""


class AlreadyRunning(Exception):
    """A reconciliation runs: two at once would only make each slower."""


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

    def __init__(self, command: Sequence[str] = (sys.executable, "-m", "tillstream", "reconcile")) -> None:
        """`command` reads the paths behind its last word."""
        self._command = command
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.last = Verdict()

    async def start(self, paths: Sequence[str]) -> Verdict:
        """Begin to compare the stores with these files; raises `AlreadyRunning`."""
        if self.last.running:
            raise AlreadyRunning
        self.last = replace(self.last, running=True, paths=tuple(paths))
        self._process = await asyncio.create_subprocess_exec(
            *tethered([*self._command, "--", *paths]), stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=environment()
        )
        self._task = asyncio.create_task(self._judge(self._process))
        return self.last

    async def stop(self) -> None:
        """End the reconciliation that runs, if one does."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
        if self._task is not None:
            await self._task

    async def _judge(self, process: Process) -> None:
        said, _ = await process.communicate()
        lines = [line.rstrip() for line in said.decode("utf-8", "replace").splitlines()]
        outcome = OUTCOMES.get(process.returncode or 0, "failed")
        self.last = Verdict(False, self.last.paths, datetime.now(UTC), outcome, tuple(lines[-MOST_LINES:]))


def environment() -> dict[str, str]:
    """The variables of the command: this laptop is its target whatever the shell names, and its text has no colours."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_SHELLS}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "110"}
