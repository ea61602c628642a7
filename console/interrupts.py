"""Ctrl-C: the first one ends a command cleanly, the second one at once."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from console.exits import INTERRUPTED

_SHOW_CURSOR: Final = b"\x1b[?25h"  # a bar hides it


class Interrupts:
    """Records Ctrl-C, and raises KeyboardInterrupt at places where the command can stop.

    Python raises KeyboardInterrupt between any two instructions of the main thread. If it falls just after a lock of
    `queue` or `threading` was taken, the lock is never released, and the other threads wait for it for ever. So the
    interrupt is raised only by `look`, and inside a block of `raised`, which must take no lock that threads share.
    """

    def __init__(self) -> None:
        self._came = False
        self._raises = False

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Within the block the first SIGINT is recorded, and the second one ends the process at once.

        Where SIGINT is ignored, as in a shell's background jobs, it stays ignored.
        """
        before = signal.getsignal(signal.SIGINT)
        if before is signal.SIG_IGN:
            yield
            return
        signal.signal(signal.SIGINT, self._first)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def look(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was pressed."""
        if self._came:
            raise KeyboardInterrupt

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Within the block Ctrl-C raises KeyboardInterrupt at once, also out of a read that waits for input."""
        self._raises = True
        try:
            self.look()
            yield
        finally:
            self._raises = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within this block, inside one of `raised`, Ctrl-C is only recorded."""
        self._raises = False
        yield
        self._raises = True
        self.look()

    def _first(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, _leave)
        self._came = True
        if self._raises:
            raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    if sys.stderr.isatty():
        os.write(2, _SHOW_CURSOR)
    os._exit(INTERRUPTED)
