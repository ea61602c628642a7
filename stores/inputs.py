"""The files that a user names: the same ones, in the same order, for replay and for reconcile."""

from collections.abc import Sequence
from pathlib import Path

from commerce.errors import InvalidSelection


def files(paths: Sequence[str]) -> list[Path]:
    """The files that these paths mean: a file itself, or a folder's *.csv sorted by name; each file once.

    Raises `InvalidSelection` where a path is neither, or a folder holds no *.csv.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        for file in _within(path):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _within(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InvalidSelection(f"{path} is no file and no folder")
    inside = sorted(file for file in path.glob("*.csv") if file.is_file())
    if not inside:
        raise InvalidSelection(f"the folder {path} holds no *.csv")
    return inside
