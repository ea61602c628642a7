"""The pace of a load: so many items a second over all its tasks, and in no ten seconds more than ten times that.

A task has its share of the rate and keeps to it alone. What is seen of it in any ten seconds is what it was granted in
them, one request more, and one a thread that was under way when they began; the pace is set so that all of this is
within its share. A task that was held up catches up, a little faster than the pace, as far as its ten seconds allow.
"""

import time
from collections import deque
from collections.abc import Callable
from math import floor
from threading import Lock
from typing import Any, Final

import msgspec

WINDOW_SECONDS: Final = 10.0
"""Seconds over which the rate is never exceeded."""

FASTER: Final = 1.25
"""A delayed task may write this many times its rate until it has caught up."""

MOST_THREADS: Final = 4
MOST_ITEMS: Final = 25
"""Items in a BatchWriteItem."""

_ROUNDING: Final = 1e-6
_RATE_A_TASK: Final = 50.0
"""The least rate of a task; fewer tasks are used if each had less."""
_RATE_A_THREAD: Final = 25.0
_REQUESTS_A_SECOND: Final = 16.0
"""Requests a second of a task: a slow one writes smaller requests, so that one more or less matters little."""


class Pace(msgspec.Struct, frozen=True):
    """The pace of each of `tasks` tasks: `threads` at once, `items` a request, `rate` items a second."""

    tasks: int
    threads: int
    items: int
    rate: float


def pace(items_per_second: float, slots: int) -> Pace:
    """The pace of a load at this rate with `slots` tasks at once.

    >>> pace(1_000, 2)
    Pace(tasks=2, threads=4, items=25, rate=487.5)
    >>> pace(10, 8)
    Pace(tasks=1, threads=1, items=1, rate=9.8)
    """
    tasks = max(1, min(slots, int(items_per_second / _RATE_A_TASK)))
    share = items_per_second / tasks
    threads = max(1, min(MOST_THREADS, int(share / _RATE_A_THREAD)))
    items = max(1, min(MOST_ITEMS, int(share / _REQUESTS_A_SECOND)))
    granted = (share * WINDOW_SECONDS - items * (1 + threads)) / WINDOW_SECONDS
    # a rate under one item in some seconds has no room for the margin: its window is longer
    return Pace(tasks, threads, items, max(floor(granted * 10) / 10, share / 2))


class Slots:
    """Grants items at a rate; threads share it. `clock` and `sleep` are parameters for tests."""

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._due = clock()
        self._last = self._due - WINDOW_SECONDS
        self._recent: deque[tuple[float, int]] = deque()
        self._written = 0

    def take(self, items: int) -> None:
        """Return when so many items may be written."""
        with self._lock:
            now = self._clock()
            self._due = max(self._due, now - WINDOW_SECONDS)
            granted = self._fitting(max(now, self._due, self._last + items / (self._rate * FASTER)), items)
            self._due += items / self._rate
            self._last = granted
        if granted > now:
            self._sleep(granted - now)

    def _fitting(self, at: float, items: int) -> float:
        """The first time from `at` at which the ten seconds before have room for these items; records them there."""
        room = max(self._rate * WINDOW_SECONDS, items)  # a rate under one item in ten seconds has no room for one
        while self._recent and (self._recent[0][0] <= at - WINDOW_SECONDS or self._written + items > room + _ROUNDING):
            before, gone = self._recent.popleft()
            at = max(at, before + WINDOW_SECONDS)
            self._written -= gone
        self._recent.append((at, items))
        self._written += items
        return at


class Paced:
    """A DynamoDB client whose writes wait for their slots; all other calls pass through."""

    def __init__(self, client: Any, slots: Slots) -> None:
        self._client = client
        self._slots = slots

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, **request: Any) -> Any:
        """BatchWriteItem, when slots for its items are granted."""
        self._slots.take(sum(map(len, request["RequestItems"].values())))
        return self._client.batch_write_item(**request)

    def put_item(self, **request: Any) -> Any:
        """PutItem, when a slot is granted."""
        self._slots.take(1)
        return self._client.put_item(**request)
