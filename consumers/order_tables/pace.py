"""Whether an invocation has the time for one group of lines more."""

from typing import Final

from stores.retries import Clock

MARGIN_SECONDS: Final = 5.0
"""Seconds kept for raising an error before Lambda kills the invocation."""


class Pace:
    """The pace of an invocation that writes group after group, by the clock of its context."""

    def __init__(self, context: Clock) -> None:
        """Start with the first group."""
        self._context = context
        self._left = self._seconds_left()
        self._slowest = 0.0

    def has_time(self) -> bool:
        """Whether time is left for a group as slow as the slowest so far; asked before each group."""
        left = self._seconds_left()
        self._slowest = max(self._slowest, self._left - left)
        self._left = left
        return left > self._slowest + MARGIN_SECONDS

    def _seconds_left(self) -> float:
        return self._context.get_remaining_time_in_millis() / 1000
