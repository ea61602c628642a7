"""The logs of the laptop's platform at the terminal: those of its services, jobs and functions."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Final, TextIO

from console.arguments import did_you_mean
from local.errors import LONGEST_TAIL_BYTES, NotPossible, last_lines
from local.state import State

LOOK_SECONDS: Final = 0.2
_OWN_NAME: Final = re.compile(r"(?:job-)?tillstream-[^-]+-(?P<short>.+?)(?:-[0-9a-f]{8})?")


@dataclass(frozen=True, slots=True)
class Log:
    """A log: the name by which people ask for it, and its file."""

    name: str
    file: Path


def print_logs(state: State, part: str | None, lines: int, *, follows: bool) -> int:
    """Print the last lines of a log, or a list of all: 0, also when Ctrl-C ends it."""
    chosen = find(state, part)
    if follows:
        try:
            follow(chosen, lines if part else 0)
        except KeyboardInterrupt:
            return 0
    if part:
        show(chosen, lines)
    else:
        print(listing(chosen))
    return 0


def logs_of(state: State) -> list[Log]:
    """All logs of this state directory, by name; if several stages have one, the newest gets the short name."""
    newest_first = sorted((state.root / "logs").glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    named: dict[str, Path] = {}
    for file in newest_first:
        named.setdefault(file.stem if short_name(file.stem) in named else short_name(file.stem), file)
    return [Log(name, named[name]) for name in sorted(named)]


def short_name(stem: str) -> str:
    """A log file's name without the platform, its stage and the suffix that makes a function's name unique.

    >>> short_name("tillstream-laptop-rawarchive-defaa071"), short_name("job-tillstream-laptop-curate")
    ('rawarchive', 'curate')
    """
    match = _OWN_NAME.fullmatch(stem)
    return match["short"] if match else stem


def find(state: State, part: str | None) -> list[Log]:
    """The log of this service, by its short or whole name, or all; raises `NotPossible` naming the existing ones."""
    there = logs_of(state)
    if not there:
        raise NotPossible("there are no logs in this checkout yet: `tillstream up` starts the platform")
    chosen = [log for log in there if part is None or plain(part) in (plain(log.name), plain(log.file.stem))]
    if not chosen:
        names = ", ".join(log.name for log in there)
        meant = did_you_mean(part or "", (log.name for log in there))
        raise NotPossible(f"there is no log of {part!r}; there are those of {names}{meant}")
    return chosen


def plain(name: str) -> str:
    """A name in one spelling: people know `raw_archive`, and CloudFormation makes `rawarchive` of it.

    >>> plain("raw_archive") == plain("rawarchive")
    True
    """
    return re.sub(r"[-_]", "", name).lower()


def listing(chosen: Sequence[Log]) -> str:
    """A line a log: its last write, its length, and its last line."""
    width = max(len(log.name) for log in chosen)
    return "\n".join(f"{log.name:{width}}  {seen(log.file)}" for log in chosen)


def seen(file: Path) -> str:
    """One log's line of `listing`."""
    written = file.stat()
    last = "".join(last_lines(file, 1))[:80]
    return f"{datetime.fromtimestamp(written.st_mtime):%m-%d %H:%M:%S} {written.st_size:>11,} bytes  {last}".rstrip()


def show(chosen: Sequence[Log], lines: int) -> None:
    """The last lines of each log."""
    for log in chosen:
        for line in last_lines(log.file, lines):
            print(line)


def follow(
    chosen: Sequence[Log], lines: int, out: TextIO | None = None, go_on: Callable[[], bool] = lambda: True
) -> None:
    """Show the last lines, and then each line as it is written, until Ctrl-C; several logs each with its name."""
    out = out or sys.stdout
    width = max(len(log.name) for log in chosen) if len(chosen) > 1 else 0
    followed = [(f"{log.name:{width}} | " if width else "", Followed(log.file, lines)) for log in chosen]
    while go_on():
        for label, log in followed:
            for line in log.new_lines():
                print(f"{label}{line}", file=out)
        out.flush()
        sleep(LOOK_SECONDS)


class Followed:
    """A log that is read as it grows; a new run's file, or an emptied one, is read from its start."""

    def __init__(self, file: Path, lines: int) -> None:
        """Begin with the present last lines."""
        self._file = file
        self._stream = file.open("rb")
        self._stream.seek(max(0, file.stat().st_size - LONGEST_TAIL_BYTES))
        self._unfinished = b""
        self._first = list(self._read())[-lines:] if lines else []

    def new_lines(self) -> Iterator[str]:
        """The complete lines written since the last call."""
        first, self._first = self._first, []
        yield from first
        yield from self._read()
        if self._replaced():
            self._stream.close()
            self._stream = self._file.open("rb")
            yield from self._read()

    def _read(self) -> Iterator[str]:
        if os.fstat(self._stream.fileno()).st_size < self._stream.tell():
            self._stream.seek(0)
        *whole, self._unfinished = (self._unfinished + self._stream.read()).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)

    def _replaced(self) -> bool:
        try:
            return self._file.stat().st_ino != os.fstat(self._stream.fileno()).st_ino
        except FileNotFoundError:
            return False  # between the run before and the next
