"""The progress of a running replay: a live bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from console.counts import counted
from console.exits import can_draw
from producer.replay.progress import Look

if TYPE_CHECKING:
    from rich.console import RenderableType

PLAIN_SECONDS: Final = 10.0
"""Seconds between two plain lines, so that a log stays readable."""

LIVE_A_SECOND: Final = 4
"""Redraws of the bar a second."""

WINDOW_SECONDS: Final = 15.0
"""Seconds over which the rate and the time left are computed."""


class Trend:
    """The speed of a replay over the last seconds. Pure: the caller passes the time."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, Look]] = deque()

    def add(self, now: float, look: Look) -> None:
        """Record the progress at this time."""
        self._looks.append((now, look))
        while len(self._looks) > 2 and now - self._looks[0][0] > WINDOW_SECONDS:
            self._looks.popleft()

    @property
    def rows_a_second(self) -> float:
        """Rows settled a second."""
        (before, first), (now, last) = self._looks[0], self._looks[-1]
        return max(0, last.settled - first.settled) / (now - before) if now > before else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The expected seconds to the end at this rate; None if they cannot be estimated."""
        (before, first), (now, last) = self._looks[0], self._looks[-1]
        if first.fraction is None or last.fraction is None or last.fraction <= first.fraction:
            return None
        return (1 - last.fraction) * (now - before) / (last.fraction - first.fraction)


def progress_line(look: Look, trend: Trend) -> str:
    """The progress as one line.

    >>> trend = Trend()
    >>> trend.add(0.0, Look(0, 0, 0, 0.0))
    >>> look = Look(12_000, 2, 1, 0.25, 0.04)
    >>> trend.add(4.0, look)
    >>> progress_line(look, trend)
    '12,000 rows (25 %), 3,000 rows/s, 2 rejected, 1 retry, 0.0 s behind, 0:00:12 left'
    """
    parts = [counted(look.settled, "row") + (f" ({look.fraction:.0%})".replace("%", " %") if look.fraction else "")]
    if look.round > 1:
        parts.append(f"round {look.round:,}")
    parts += [f"{trend.rows_a_second:,.0f} rows/s", f"{look.rejected:,} rejected"]
    parts.append(counted(look.retries, "retry", "retries"))
    if look.behind_seconds is not None:
        parts.append(f"{look.behind_seconds:,.1f} s behind")
    if look.until is not None:
        parts.append(f"waiting for {look.until}")
    if (left := trend.seconds_left) is not None:
        parts.append(f"{int(left) // 3600}:{int(left) // 60 % 60:02}:{int(left) % 60:02} left")
    return ", ".join(parts)


@contextmanager
def shown(look: Callable[[], Look]) -> Iterator[None]:
    """Show the progress within the block: as a bar on a terminal that can draw one, else as a line now and then."""
    trend = Trend()

    def line() -> str:
        now = look()
        trend.add(time.monotonic(), now)
        return progress_line(now, trend)

    line()
    if can_draw(sys.stderr):
        with _live(look, line):
            yield
    else:
        with _plain(line):
            yield


@contextmanager
def _live(look: Callable[[], Look], line: Callable[[], str]) -> Iterator[None]:
    from rich.live import Live
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    from console.tables import console

    def drawn() -> "RenderableType":
        fraction = look().fraction
        drawing = Table.grid()  # a row each: a bar alone ends no line
        drawing.add_row(ProgressBar(1.0, fraction or 0.0, 60, fraction is None, animation_time=time.monotonic()))
        drawing.add_row(Text(line()))
        return drawing

    with Live(
        get_renderable=drawn,
        console=console(stderr=True),
        refresh_per_second=LIVE_A_SECOND,
        transient=True,
        redirect_stdout=False,
    ):
        yield


@contextmanager
def _plain(line: Callable[[], str]) -> Iterator[None]:
    over = Event()

    def tell() -> None:
        while not over.wait(PLAIN_SECONDS):
            print(line(), file=sys.stderr, flush=True)

    teller = Thread(target=tell, name="teller", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
