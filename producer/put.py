"""Which key each dropped file gets: its own name, in `incoming/`; of mapped files, that of the plain one."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from commerce.column_maps import ColumnMap
from commerce.paths import INCOMING
from producer.conversion import converted
from producer.errors import WrongUse


class Drop(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file, and the key under which it is dropped; a converted one has a `source` and rows that it `refused`."""

    file: Path
    key: str
    source: str = ""
    refused: int = 0


class Dropped(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that lies in `incoming/` now; `replaced` if another lay there under its name.

    `refused` rows were found by converting it; of others curate finds out.
    """

    file: str
    key: str
    bytes: int
    replaced: bool
    refused: int = 0


def drops(files: Sequence[Path]) -> list[Drop]:
    """A key for each file. Raises `WrongUse` where two have the same name: one would replace the other.

    >>> drops([Path("data/2010-12-01.csv")])
    [Drop(file=PosixPath('data/2010-12-01.csv'), key='incoming/2010-12-01.csv', source='', refused=0)]
    """
    by_name: dict[str, Path] = {}
    for file in files:
        other = by_name.setdefault(file.name, file)
        if other != file:
            raise WrongUse(f"{other} and {file} would both be {INCOMING}{file.name}: put them one after the other")
    return [Drop(file, INCOMING + name) for name, file in by_name.items()]


def mapped_drops(
    files: Sequence[Path], form: ColumnMap, until_put: ExitStack, note: Callable[[str], None]
) -> list[Drop]:
    """The files as plain CSV, which lie on this machine until `until_put` is closed, each with its key.

    Raises `UnreadableDocument`, and `WrongUse` where two would have the same name: nothing is put then.
    """
    folder = Path(until_put.enter_context(TemporaryDirectory(prefix="tillstream-")))
    made = [plain for file in files for plain in converted(file, form, folder, note)]
    by_name: dict[str, str] = {}
    for plain in made:
        other = by_name.setdefault(plain.name, plain.source)
        if other != plain.source:
            reason = "put them one after the other"
            raise WrongUse(f"{other} and {plain.source} would both be {INCOMING}{plain.name}: {reason}")
    return [Drop(plain.path, INCOMING + plain.name, plain.source, plain.refused) for plain in made]


def told(dropped: Dropped) -> str:
    """One line for the screen."""
    parts = [f"{dropped.bytes:,} bytes"]
    if dropped.refused:
        parts.append(f"{dropped.refused:,} refused, which curate will set aside")
    if dropped.replaced:
        parts.append("replaced what lay there")
    return f"{dropped.key} ({', '.join(parts)})"
