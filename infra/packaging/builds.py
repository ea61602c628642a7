"""Folders that are built once, whole or not at all, under a name that carries a hash of all their inputs."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
BUILD: Final = CHECKOUT / ".tillstream" / "build"


class BuildFailed(Exception):
    """Packages could not be installed; carries the installer's own words."""


def once(folder: Path, fill: Callable[[Path], None]) -> None:
    """Make `folder` whole or not at all. Two processes that build it at once both succeed; the work of one is kept."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        fill(part)
        part.chmod(0o755)
        part.rename(folder)
    except OSError:
        # Another process built the same meanwhile: a folder is never renamed onto one that holds files.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def digest_of(*parts: str | bytes) -> str:
    """SHA-256 over the parts, each with its length, so that no two lists of parts are alike."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:%s" % (len(data), data))
    return digest.hexdigest()
