"""The pace of a replay: a rate in rows a second, or the rows' own times, some times faster.

Over any time the rows sent are at most what the rate allows in it, and two requests: one that was begun, and one that
may be caught up. A request that is sent again is not held up, but its connection is busy meanwhile.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

REQUEST_SECONDS: Final = 0.05
"""Seconds of rows in one request: at a slow rate small requests are steadier than rare large ones."""

SPAN_SECONDS: Final = 0.2
"""Seconds: rows due within this time travel in one request."""

_LONGEST_SPAN_SECONDS: Final = 1e9


def rows_a_request(most: int, rate: float | None) -> int:
    """Rows in a request at this rate, `most` at most.

    >>> rows_a_request(500, 1_000), rows_a_request(500, 3), rows_a_request(500, None)
    (50, 1, 500)
    """
    return most if rate is None else max(1, min(most, int(rate * REQUEST_SECONDS)))


def event_span(speedup: float | None) -> timedelta | None:
    """The largest difference between the times of a request's rows at this speed; None if there is no limit."""
    if speedup is None:
        return None
    return timedelta(seconds=min(speedup * SPAN_SECONDS, _LONGEST_SPAN_SECONDS))


class Pace:
    """Computes when the next request is due. Without a rate and a speed-up everything is due at once."""

    def __init__(
        self, rate: float | None = None, speedup: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.behind_seconds: float | None = None
        """Seconds that the last request was late; None without a pace."""
        self._rate = rate
        self._speedup = speedup
        self._clock = clock
        self._free = float("-inf")
        self._began: float | None = None
        self._rows = 0
        self._event_origin: tuple[float, datetime] | None = None
        self._latest: datetime | None = None

    def wait_seconds(self, latest: datetime | None) -> float:
        """Seconds still to wait for a request whose latest row has this InvoiceDate."""
        return max(0.0, self._free - self._clock(), self._event_due(latest) - self._clock())

    def went(self, rows: int, latest: datetime | None) -> None:
        """Record that a request of this many rows was sent just now."""
        now = self._clock()
        if self._began is None:
            self._began = self._free = now
        scheduled = None
        if self._rate is not None:
            seconds = rows / self._rate
            self._free = max(self._free, now - seconds) + seconds
            scheduled = self._began + self._rows / self._rate
        if self._speedup is not None and latest is not None:
            scheduled = self._event_due(latest)
            self._latest = max(self._latest or latest, latest)
        self._rows += rows
        if scheduled is not None:
            self.behind_seconds = max(0.0, now - scheduled)

    def again(self) -> None:
        """Start the rows again: their times are counted from now."""
        self._event_origin = self._latest = None

    def _event_due(self, latest: datetime | None) -> float:
        """The time at which a row is due; a row older than its predecessors is due when they were."""
        if self._speedup is None or latest is None:
            return float("-inf")
        if self._event_origin is None:
            self._event_origin = (self._clock(), latest)
        began, first = self._event_origin
        event = max(latest, self._latest or latest, first)
        return began + (event - first).total_seconds() / self._speedup
