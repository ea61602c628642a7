"""The files that a user names, found in the same order by every command that reads them."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from commerce.errors import InvalidSelection
from console.counts import counted
from console.exits import say

STANDARD_INPUT: Final = Path("/dev/stdin")
"""The path that means standard input; a file named `-` is given as `./-`."""

_DOCUMENTS: Final = (".csv", ".tsv")
_WRAPPINGS: Final = ("", ".gz", ".zip")
_NAMED: Final = 5
"""The files that a folder leaves out which are named; more are counted."""

SUFFIXES: Final = tuple(document + wrapping for wrapping in _WRAPPINGS for document in _DOCUMENTS)
"""The suffixes of the files that a folder stands for; a file that is named itself may have any."""


def files(paths: Sequence[str], *, standard_input: bool = False) -> list[Path]:
    """The files of these paths: a file itself, or a folder's documents sorted by name; each file once.

    A folder's other files are named on stderr. `-` is standard input where that is allowed. Raises `InvalidSelection`
    where a path is none of these, or a folder holds no document.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path == "-":
            if not standard_input:
                raise InvalidSelection("standard input cannot be read here: name a file")
            found[STANDARD_INPUT] = STANDARD_INPUT
            continue
        for file in _within(Path(path)):
            found.setdefault(file.resolve(), file)
    return list(found.values())


def is_stream(file: Path) -> bool:
    """Whether the file can be read once only: standard input, or a pipe."""
    return file == STANDARD_INPUT or file.is_fifo()


@contextmanager
def opened(file: Path) -> Iterator[tuple[str, BinaryIO]]:
    """The file's name in errors, and its bytes. Raises `InvalidSelection` if it cannot be read."""
    if file == STANDARD_INPUT:
        yield "standard input", sys.stdin.buffer
        return
    try:
        document = file.open("rb")
    except OSError as error:
        raise InvalidSelection(f"{file} cannot be read: {error.strerror}") from error
    with document:
        yield str(file), document


def _within(path: Path) -> list[Path]:
    if path.is_file() or path.is_fifo():  # such as <(zcat day.csv.gz)
        return [path]
    if not path.is_dir():
        raise InvalidSelection(f"{path} is neither a file nor a folder")
    every = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    inside = [file for file in every if file.name.lower().endswith(SUFFIXES)]
    if not inside:
        raise InvalidSelection(f"the folder {path} holds no *.csv or *.tsv, plain or packed (.csv.gz, .csv.zip)")
    if others := [file.name for file in every if file not in inside]:
        say(left_out(path, others))
    return inside


def left_out(folder: Path, names: Sequence[str]) -> str:
    """The sentence about the files that a folder does not stand for.

    >>> left_out(Path("days"), ["day.zip", "notes.txt"])
    'left out of days: day.zip, notes.txt; a folder stands for its *.csv and *.tsv, plain or packed (.csv.gz, \
.csv.zip): give any other file by its own name'
    """
    more = f" and {counted(len(names) - _NAMED, 'more file')}" if len(names) > _NAMED else ""
    return (
        f"left out of {folder}: {', '.join(names[:_NAMED])}{more}; a folder stands for its *.csv and *.tsv, plain or "
        "packed (.csv.gz, .csv.zip): give any other file by its own name"
    )
