"""Runs commands of tillstream for the pages, on this laptop's platform."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from local.processes import tethered

COMMAND: Final = (sys.executable, "-m", "tillstream")

PATIENCE_SECONDS: Final = 5.0
"""Seconds for a command to end after SIGTERM, before it is killed."""

_OF_SHELLS: Final = ("TILLSTREAM_API_URL", "AWS_PROFILE")
"""Variables by which the command would ask another platform."""


@asynccontextmanager
async def begun(*words: str, together: bool = False, asks: bool = False) -> AsyncIterator[Process]:
    """A process that runs `tillstream` with these words, and that does not outlive the block.

    With `together`, its messages are among its output; with `asks`, it has a standard input.
    """
    process = await create_subprocess_exec(
        *tethered([*COMMAND, *words]),
        stdin=PIPE if asks else DEVNULL,
        stdout=PIPE,
        stderr=STDOUT if together else PIPE,
        env=environment(),
    )
    try:
        yield process
    finally:
        await end(process)


async def end(process: Process) -> None:
    """End the process if it runs: politely first, then for certain."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def environment() -> dict[str, str]:
    """The variables of the command: this laptop is its target whatever the shell names, and its text has no colours."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_SHELLS}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "110"}
