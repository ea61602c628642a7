"""What the parts' own logs say of a lack of memory or disk: a store that is out of either only stops to answer."""

import os
import re
from pathlib import Path
from typing import Final

from stores.target import TARGET_FILE, state_directory

READ_BYTES: Final = 1_000_000
"""Of a log's end: what a part says again and again stands there."""

_LACKS: Final = re.compile(
    rb"OutOfMemoryError|GC overhead limit|Cannot allocate memory|No space left on device|Disk quota exceeded"
    rb"|database or disk is full|SQLITE_FULL"
)
_LONGEST: Final = 200


def complaints(logs: Path) -> dict[str, str]:
    """By part, the last line of its log in this folder that tells of a lack; parts that tell of none are left out."""
    found = {log.stem: complaint(log) for log in sorted(logs.glob("*.log")) if not log.stem.startswith("job-")}
    return {part: line for part, line in found.items() if line}


def complaint(log: Path) -> str:
    """The last line of the log that tells of a lack of memory or disk; empty where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - READ_BYTES))
            lines = [line for line in file.read().splitlines() if _LACKS.search(line)]
    except OSError:
        return ""
    return lines[-1].decode("utf-8", "replace").strip()[:_LONGEST] if lines else ""


def told(logs: Path) -> list[str]:
    """The complaints as lines for people, with what to do."""
    return [
        f"{part} says in {logs / part}.log: {line}; free some memory or disk, then `tillstream down` and `up`"
        for part, line in complaints(logs).items()
    ]


def here() -> list[str]:
    """The complaints of the platform that runs in this checkout; none where none runs."""
    root = state_directory()
    return told(root / "logs") if (root / TARGET_FILE).is_file() else []
