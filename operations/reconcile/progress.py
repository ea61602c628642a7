"""The progress of a reconciliation on stderr: one line a hop, which changes in place on a terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from rich.live import Live
from rich.table import Table

from console.tables import console

EVERY_SECONDS: Final = 30.0
"""Seconds between two lines about a running hop if the output is not a terminal."""

Say = Callable[[str, str], None]
"""Receives a hop, or the name of what is waited for, and a text about its progress."""


class Plain:
    """Writes a line for each hop when the next one begins, and one every half minute while it runs."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._hop = self._text = self._written = ""
        self._at = clock()

    def __call__(self, hop: str, text: str) -> None:
        """Record the hop's progress."""
        if hop != self._hop:
            self.finish()
            self._at = self._clock()
        self._hop, self._text = hop, text
        if self._clock() - self._at >= EVERY_SECONDS:
            self.finish()

    def finish(self) -> None:
        """Write the last recorded text, unless it is written already."""
        said = f"{self._hop}: {self._text}"
        if self._hop and said != self._written:
            print(said, file=self._out, flush=True)
        self._written, self._at = said, self._clock()


class InPlace:
    """Keeps a line for each hop on a terminal."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._lines: dict[str, str] = {}

    def __call__(self, hop: str, text: str) -> None:
        """Show the hop's progress."""
        self._lines[hop] = text
        table = Table.grid(padding=(0, 2))
        for name, said in self._lines.items():
            table.add_row(name, said)
        self._live.update(table)


@contextmanager
def progress() -> Iterator[Say]:
    """A `Say` that writes to stderr; a terminal's progress lines are removed at the end of the block."""
    out = console(stderr=True)
    if out.is_terminal:
        with Live(console=out, transient=True) as live:
            yield InPlace(live)
        return
    plain = Plain(sys.stderr)
    try:
        yield plain
    finally:
        plain.finish()
