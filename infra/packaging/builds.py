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
    """Make `folder` whole or not at all, readable by every user whatever the umask of this process.

    Two processes that build it at once both succeed; the work of one is kept.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        fill(part)
        _open_to_all(part)
        part.rename(folder)
    except OSError:
        # Another process built the same meanwhile: a folder is never renamed onto one that holds files.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _open_to_all(folder: Path) -> None:
    """Let every user read the files: an archive keeps their modes, and Lambda's user owns none of them."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))


def digest_of(*parts: str | bytes) -> str:
    """SHA-256 over the parts, each with its length, so that no two lists of parts are alike."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:%s" % (len(data), data))
    return digest.hexdigest()
