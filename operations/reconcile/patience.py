"""How long to wait for the consumers: as long as what they have left to read grows less."""

from collections.abc import Mapping
from dataclasses import dataclass

NEVER_COMMITTED = -1


def remaining(starts: Mapping[int, int], ends: Mapping[int, int], committed: Mapping[int, int]) -> int:
    """How many offsets a consumer group has left to read up to `ends`; partitions to offsets.

    A group that committed nothing begins at the topic's start; what the topic let go of is left by nobody.

    >>> remaining({0: 10, 1: 0}, {0: 15, 1: 7}, {0: 12, 1: NEVER_COMMITTED})
    10
    """
    return sum(max(0, end - max(starts[partition], committed[partition])) for partition, end in ends.items())


@dataclass(slots=True)
class Patience:
    """Says when to stop waiting: `limit_seconds` after the lag was last less than ever before."""

    limit_seconds: float
    _least: int | None = None
    _since: float = 0.0

    def bears(self, lag: int, now: float) -> bool:
        """Whether to go on waiting, with this lag at this time (in seconds, of a clock that never goes back)."""
        if self._least is None or lag < self._least:
            self._least, self._since = lag, now
        return lag > 0 and now - self._since < self.limit_seconds
