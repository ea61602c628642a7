"""The folder of a platform that faults are played on, its commit and day, and how a program of faults ends early."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.end_to_end.laptop import CHECKOUT

MEMORY: Final = Path("/dev/shm")


@contextmanager
def home() -> Iterator[Path]:
    """A new folder until the block ends, in memory where the machine has room for that."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


def commit() -> str:
    """The short hash of the checkout's commit, with `-dirty` where files differ from it."""
    call = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(call, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()


def today() -> str:
    """The day in UTC, as 2026-11-29."""
    return datetime.now(UTC).date().isoformat()


def exit_when_terminated() -> None:
    """Let SIGTERM end this program as Ctrl-C does: with every process that it started."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
