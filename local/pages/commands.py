"""Runs commands of tillstream for the pages, on this laptop's platform."""

import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process, create_subprocess_exec
from typing import Final

from local.processes import tethered

COMMAND: Final = (sys.executable, "-m", "tillstream")

_OF_SHELLS: Final = ("TILLSTREAM_API_URL", "AWS_PROFILE")
"""Variables by which the command would ask another platform."""


async def begin(*words: str, together: bool = False) -> Process:
    """Start `tillstream` with these words; with `together`, its messages are among its output."""
    return await create_subprocess_exec(
        *tethered([*COMMAND, *words]),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT if together else PIPE,
        env=environment(),
    )


def environment() -> dict[str, str]:
    """The variables of the command: this laptop is its target whatever the shell names, and its text has no colours."""
    kept = {name: value for name, value in os.environ.items() if name not in _OF_SHELLS}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "110"}
