"""The key of each file in `incoming/`: its own name, or that of the plain file converted from it."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from commerce.files.column_maps import PLAIN, ColumnMap
from commerce.files.documents import check
from commerce.paths import INCOMING
from console.counts import counted
from console.files import is_stream, opened
from console.forms import Forms
from producer.conversion import converted
from producer.errors import WrongUse


class Drop(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file, and the key under which it is dropped; a converted one has a `source` and rows that it `refused`."""

    file: Path
    key: str
    source: str = ""
    refused: int = 0


class Dropped(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that is in `incoming/` now; `replaced` if another had its name there.

    `refused` rows were found by converting it; of others curate finds out.
    """

    file: str
    key: str
    bytes: int
    replaced: bool
    refused: int = 0


def examine(files: Sequence[Path], forms: Forms) -> None:
    """Raise `UnreadableDocument` for the first file that curate would quarantine whole, as far as is seen here.

    That is one of another format or without a column, and one with suspect dates (`SuspectDates`). One that has a map
    is examined when it is converted.
    """
    for file in files:
        if forms.of(file) is PLAIN and not is_stream(file):
            with opened(file) as (name, document):
                check(name, document)


def drops(
    files: Sequence[Path], forms: Forms, until_put: ExitStack, note: Callable[[str], None] = lambda _: None
) -> list[Drop]:
    """Plan one drop for each file under its own name; a file with a map is converted to plain CSV first.

    What is converted stays on this machine until `until_put` is closed. Raises `UnreadableDocument`, and `WrongUse`
    where two would have the same key, so that one would replace the other: nothing is put then.

    >>> drops([Path("data/2010-12-01.csv")], Forms(), ExitStack())
    [Drop(file=PosixPath('data/2010-12-01.csv'), key='incoming/2010-12-01.csv', source='', refused=0)]
    """
    folder = Path(until_put.enter_context(TemporaryDirectory(prefix="tillstream-")))
    by_key: dict[str, Drop] = {}
    for file in files:
        for drop in _drops_of(file, forms.of(file), folder, note):
            other = by_key.setdefault(drop.key, drop)
            if other is not drop:
                named = f"{other.source or other.file} and {drop.source or drop.file}"
                raise WrongUse(f"{named} would both be {drop.key}: put them one after the other")
    return list(by_key.values())


def _drops_of(file: Path, form: ColumnMap, folder: Path, note: Callable[[str], None]) -> list[Drop]:
    if form is PLAIN:
        return [Drop(file, INCOMING + file.name)]
    made = converted(file, form, folder, note)
    return [Drop(plain.path, INCOMING + plain.name, plain.source, plain.refused) for plain in made]


def line(dropped: Dropped) -> str:
    """One line about a dropped file: its key and bytes, its refused rows, whether it replaced another."""
    parts = [counted(dropped.bytes, "byte")]
    if dropped.refused:
        parts.append(f"{dropped.refused:,} refused, which curate will quarantine")
    if dropped.replaced:
        parts.append("replaced an object of that name")
    return f"{dropped.key} ({', '.join(parts)})"
