"""Locks as tests read them: the entries of one, without notes."""

import re
from pathlib import Path

from packaging.requirements import Requirement


def entries(lock: Path) -> list[str]:
    """The entries as an installer reads them, hashes included, in the lock's order."""
    lines = [line for line in lock.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines))


def requirement(entry: str) -> Requirement:
    """Name, version and marker of an entry."""
    return Requirement(entry.partition(" \\\n")[0])


def pinned(entry: str) -> str:
    """The version that an entry pins."""
    return str(requirement(entry).specifier).removeprefix("==")
