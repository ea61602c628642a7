"""How long to wait for the consumers: as long as any of them makes progress."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def remaining(starts: Mapping[int, int], ends: Mapping[int, int], committed: Mapping[int, int]) -> int:
    """The number of offsets that a consumer group has left to read up to `ends`; both map partitions to offsets.

    A group that committed nothing (-1) begins at the topic's start; what the topic let go of is left by nobody.

    >>> remaining({0: 10, 1: 0}, {0: 15, 1: 7}, {0: 12, 1: -1})
    10
    """
    return sum(max(0, end - max(starts[partition], committed[partition])) for partition, end in ends.items())


@dataclass(slots=True)
class Patience:
    """Decides when to stop waiting: `limit_seconds` after the last progress, by a monotonic clock."""

    limit_seconds: float
    _best: dict[str, int] = field(default_factory=dict)
    _since: float | None = None

    def bears(self, lag: int, now: float) -> bool:
        """Whether to keep waiting at this lag: a lag below all earlier ones is progress."""
        self.saw({"": -lag}, now)
        return lag > 0 and self.quiet(now) < self.limit_seconds

    def saw(self, signs: Mapping[str, int], now: float) -> None:
        """Record numbers by name: one above all its earlier values is progress. The first value is not."""
        if any(self._best.get(name, value) < value for name, value in signs.items()):
            self._since = now
        for name, value in signs.items():
            self._best[name] = max(value, self._best.get(name, value))

    def quiet(self, now: float) -> float:
        """Seconds since the last progress, or since this was first asked."""
        if self._since is None:
            self._since = now
        return now - self._since
