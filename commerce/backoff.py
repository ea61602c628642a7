"""The pause before something is tried again, the same for every store and for the API."""

from collections.abc import Callable


def full_jitter(attempt: int, first_seconds: float, longest_seconds: float, random: Callable[[], float]) -> float:
    """Seconds to wait after this many earlier attempts: a random part of a limit that doubles up to the longest.

    `random` answers a number from 0 to 1.

    >>> [full_jitter(attempt, 0.5, 3.0, lambda: 1.0) for attempt in range(4)]
    [0.5, 1.0, 2.0, 3.0]
    """
    return random() * min(longest_seconds, first_seconds * 2.0 ** min(attempt, 10))
