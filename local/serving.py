"""Runs one of the platform's servers as a process: `python -m local.NAME CONFIG.json`."""

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from local.config import RunConfig
from local.log_records import log_to_stderr
from local.readiness import tell_ready

Serving = Callable[[RunConfig], AbstractAsyncContextManager[object]]


def main(name: str, serving: Serving, arguments: Sequence[str]) -> int:
    """Serve the run of the config file named by the one argument until SIGTERM or SIGINT; returns the exit code."""
    if len(arguments) != 1:
        print(f"usage: python -m {name} CONFIG.json", file=sys.stderr)
        return 2
    log_to_stderr()
    asyncio.run(until_stopped(serving(RunConfig.load(Path(arguments[0])))))
    return 0


async def until_stopped(served: AbstractAsyncContextManager[object]) -> None:
    """Serve until a signal asks to stop; the supervisor hears when it serves."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with served:
        tell_ready()
        await stop.wait()
