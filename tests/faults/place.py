"""The folder of a platform that faults are played on, and how a program that plays them ends early."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")


@contextmanager
def home() -> Iterator[Path]:
    """A new folder until the block ends, in memory where the machine has room for that."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


def exit_when_terminated() -> None:
    """Let SIGTERM end this program as Ctrl-C does: with every process that it started."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
