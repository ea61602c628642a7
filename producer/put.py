"""Which key each dropped file gets: its own name, in `incoming/`."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from commerce.paths import INCOMING
from producer.errors import WrongUse


class Drop(msgspec.Struct, frozen=True):
    """A file, and the key under which it is dropped."""

    file: Path
    key: str


class Dropped(msgspec.Struct, frozen=True):
    """A file that lies in `incoming/` now; `replaced` if another lay there under its name."""

    file: str
    key: str
    bytes: int
    replaced: bool


def drops(files: Sequence[Path]) -> list[Drop]:
    """A key for each file. Raises `WrongUse` where two have the same name: one would replace the other.

    >>> drops([Path("data/2010-12-01.csv")])
    [Drop(file=PosixPath('data/2010-12-01.csv'), key='incoming/2010-12-01.csv')]
    """
    by_name: dict[str, Path] = {}
    for file in files:
        other = by_name.setdefault(file.name, file)
        if other != file:
            raise WrongUse(f"{other} and {file} would both be {INCOMING}{file.name}: put them one after the other")
    return [Drop(file, INCOMING + name) for name, file in by_name.items()]


def told(dropped: Dropped) -> str:
    """One line for the screen."""
    return f"{dropped.key} ({dropped.bytes:,} bytes{', replaced what lay there' if dropped.replaced else ''})"
