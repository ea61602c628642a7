"""Free disk and memory of this machine, and the platform's need of each."""

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from local.errors import DISK_FULL, MachineNotReady

INSTALL_MB: Final = 2_000
"""MB for the Python packages, the jars and the functions' packages (1.3 GB), and for data."""
DATA_MB: Final = 500
LEAST_DISK_MB: Final = 100
"""MB below which Kafka and DynamoDB Local fail as they start, or soon after."""

PLATFORM_MB: Final = 1_500
"""MB of six idle processes (1.1 GB) and each function's workers (some 60 MB each, measured as RSS)."""
JOB_MB: Final = 1_500
"""MB of Spark's JVM and its Python workers."""

MEGABYTE: Final = 1024 * 1024

CGROUP_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""The files of a container's memory limit, by cgroup v2 and v1: `max`, or a number of bytes."""

FULL: Final = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
EXHAUSTED: Final = (errno.ENOMEM, errno.EMFILE, errno.ENFILE)


def free_disk_mb(folder: Path) -> int:
    """The free space at a folder, which need not exist yet, in MB."""
    return shutil.disk_usage(existing(folder)).free // MEGABYTE


def existing(folder: Path) -> Path:
    """The folder, or the nearest existing one above it."""
    return next(above for above in (folder, *folder.absolute().parents) if above.exists())


def free_memory_mb() -> int:
    """The memory that programs can get without swapping, in MB."""
    import psutil  # takes a while, and `--help` needs none

    return psutil.virtual_memory().available // MEGABYTE


def memory_mb(limits: Sequence[Path] = CGROUP_LIMITS) -> int:
    """The memory of this machine, or its container's limit, in MB."""
    import psutil  # takes a while, and `--help` needs none

    allowed = [limit.read_text("ascii").strip() for limit in limits if limit.is_file()]
    total = psutil.virtual_memory().total
    return min([total, *(int(bytes_) for bytes_ in allowed if bytes_.isdecimal())]) // MEGABYTE


def trouble(error: OSError) -> str:
    """The remedy for an error of this machine; empty for an unknown one.

    >>> trouble(OSError(errno.ENOSPC, "No space left on device", "/data/x"))
    'the disk is full: free some space (`df -h` shows where), and run it again (at /data/x)'
    """
    at = f" (at {error.filename})" if error.filename else ""
    if error.errno in FULL:
        return DISK_FULL + at
    if error.errno in FORBIDDEN:
        return f"it may not read or write there: `ls -ld` shows the owner{at}"
    if error.errno in EXHAUSTED:
        return f"{error.strerror}: end other programs or raise the limit (`free -m` and `ulimit -a` show it){at}"
    return ""


@contextmanager
def remedied() -> Iterator[None]:
    """Turn errors of this machine in the block into `MachineNotReady`, with a remedy."""
    try:
        yield
    except OSError as error:
        what = trouble(error)
        if not what:
            raise
        raise MachineNotReady(what) from error


def check(folder: Path) -> Iterator[str]:
    """Warnings about short disk or memory; raises `MachineNotReady` if too little disk is left to begin."""
    disk, memory = free_disk_mb(folder), free_memory_mb()
    if disk < LEAST_DISK_MB:
        raise MachineNotReady(
            f"{folder} has {disk:,} MB of disk left, and the platform wants {DATA_MB:,} MB: free some space there"
        )
    if disk < DATA_MB:
        yield f"only {disk:,} MB of disk are left at {folder}: {DATA_MB:,} MB are wanted"
    if memory < PLATFORM_MB:
        yield f"only {memory:,} MB of memory are left: the platform takes {PLATFORM_MB:,} MB; end other programs"
