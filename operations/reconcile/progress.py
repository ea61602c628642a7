"""How a reconciliation gets on, as a person sees it: one line a hop, which changes in place on a terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from rich.live import Live
from rich.table import Table

from operations.reconcile.report import console

EVERY_SECONDS: Final = 30.0
"""How often a hop that goes on is told of where the output is no terminal."""

Say = Callable[[str, str], None]
"""Is told a hop, or what is waited for, and how far it has come."""


class Plain:
    """Writes a line for each hop once the next begins, and one every half minute while it goes on."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._hop = self._text = self._written = ""
        self._at = clock()

    def __call__(self, hop: str, text: str) -> None:
        """Take note of how far the hop has come."""
        if hop != self._hop:
            self.finish()
            self._at = self._clock()
        self._hop, self._text = hop, text
        if self._clock() - self._at >= EVERY_SECONDS:
            self.finish()

    def finish(self) -> None:
        """Write what was noted last, unless it is written."""
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
        """Show how far the hop has come."""
        self._lines[hop] = text
        table = Table.grid(padding=(0, 2))
        for name, said in self._lines.items():
            table.add_row(name, said)
        self._live.update(table)


@contextmanager
def progress() -> Iterator[Say]:
    """Says on stderr how it goes on; the lines of a terminal are gone afterwards."""
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
