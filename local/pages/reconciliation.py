"""Runs `tillstream reconcile --publish` for the pages, one at a time, and keeps its words while the platform runs."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from local.pages.commands import begin

OUTCOMES: Final = {0: "holds", 1: "lost", 3: "due"}
"""The outcome by the command's exit code; every other one means that it could not judge."""

MOST_LINES: Final = 200


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

    def __init__(self) -> None:
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.last = Verdict()

    async def start(self, paths: Sequence[str]) -> Verdict:
        """Begin to compare the stores with these files; raises `AlreadyRunning`."""
        if self.last.running:
            raise AlreadyRunning
        before, self.last = self.last, replace(self.last, running=True, paths=tuple(paths))
        try:
            self._process = await begin("reconcile", "--publish", "--", *paths, together=True)
        except (OSError, ValueError):
            self.last = before
            raise
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
