"""Complaints about a lack of memory or disk in the servers' own logs: a store without either only stops answering."""

import os
import re
from pathlib import Path
from typing import Final

from stores.target import TARGET_FILE, state_directory

READ_BYTES: Final = 1_000_000
"""Bytes read at a log's end: a server repeats its complaint there."""

_LACKS: Final = re.compile(
    rb"OutOfMemoryError|GC overhead limit|Cannot allocate memory|No space left on device|Disk quota exceeded"
    rb"|database or disk is full|SQLITE_FULL"
)
_LONGEST: Final = 200


def complaints(logs: Path) -> dict[str, str]:
    """The last complaint about memory or disk in each server's log of this folder; without servers that have none."""
    found = {log.stem: complaint(log) for log in sorted(logs.glob("*.log")) if not log.stem.startswith("job-")}
    return {part: line for part, line in found.items() if line}


def complaint(log: Path) -> str:
    """The last line of the log that complains about memory or disk; empty if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - READ_BYTES))
            lines = [line for line in file.read().splitlines() if _LACKS.search(line)]
    except OSError:
        return ""
    return lines[-1].decode("utf-8", "replace").strip()[:_LONGEST] if lines else ""


def as_lines(logs: Path) -> list[str]:
    """The complaints and their remedy as lines for people."""
    return [
        f"{part} says in {logs / part}.log: {line}; free some memory or disk, then `tillstream down` and `up`"
        for part, line in complaints(logs).items()
    ]


def here() -> list[str]:
    """The complaints of the platform that runs in this checkout; none if none runs."""
    root = state_directory()
    return as_lines(root / "logs") if (root / TARGET_FILE).is_file() else []
