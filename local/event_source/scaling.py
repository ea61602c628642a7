"""More pollers for a mapping whose batch fails again and again, so that its other partitions go on.

A batch holds messages of all partitions of its poller, and is delivered again whole. AWS looks at the lag each minute,
and adds pollers within three, up to one a partition (docs/event-source.md): then a partition whose messages fail stands
still alone. Here a mapping gets all of them at once when one of its batches has failed for a minute.
"""

from collections.abc import Callable
from typing import Final

from local.event_source.feed import Feed
from local.event_source.poller import Poller
from local.log_records import log

SCALE_SECONDS: Final = 60.0


class Pollers:
    """The pollers of one mapping; `start` makes and starts the one with a number."""

    def __init__(self, feed: Feed, start: Callable[[Feed, int], Poller]) -> None:
        self._feed, self._start = feed, start
        self._pollers = [start(feed, number) for number in range(feed.pollers)]

    def scale(self, now: float) -> None:
        """Start the pollers that are missing to the most if one has failed for long, by the monotonic clock."""
        failing = [it.failing_since for it in self._pollers if it.failing_since is not None]
        if len(self._pollers) < self._feed.most_pollers and failing and now - min(failing) >= SCALE_SECONDS:
            self._pollers += [self._start(self._feed, it) for it in range(len(self._pollers), self._feed.most_pollers)]
            log(mapping=self._feed.mapping.name, pollers=len(self._pollers))
