"""The state of processes, by the kernel and by themselves."""

import os
from pathlib import Path

from local import readiness

SAYS_READY = {**os.environ, readiness.VARIABLE: "1"}
"""The environment in which a platform's process reports on its standard output that it serves."""


def children(pid: int) -> list[int]:
    """The ids of a process's children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def is_stopped(pid: int) -> bool:
    """Whether every thread of a process has been stopped by a signal."""
    try:
        states = {
            stat.read_text("ascii").rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")
        }
    except (FileNotFoundError, ProcessLookupError):  # a thread that was there has ended: not all are stopped
        return False
    return states == {"T"}
