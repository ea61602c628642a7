"""Ctrl-C: the first one ends a command cleanly, the second one at once."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

INTERRUPTED: Final = 130
"""The exit code of a command that Ctrl-C ended."""

_SHOW_CURSOR: Final = b"\x1b[?25h"  # a bar hides it


@contextmanager
def first_raises_second_leaves() -> Iterator[None]:
    """Within the block the first SIGINT raises KeyboardInterrupt, and the second one ends the process, wherever it is.

    A handler, since a second KeyboardInterrupt could fall between any two statements of the clean end. Where SIGINT
    is ignored, as in a shell's background jobs, it stays ignored.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        if sys.stderr.isatty():
            os.write(2, _SHOW_CURSOR)
        os._exit(INTERRUPTED)

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, leave)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
