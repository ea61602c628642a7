"""Waits until the consumer groups have read the topic up to its end at the beginning of the wait."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from console.counts import counted
from operations.reconcile.patience import Patience, remaining
from operations.topic import Topic

POLL_SECONDS: Final = 0.5
LOOK_SECONDS: Final = 5.0
"""Seconds without a commit after which the stores are asked for signs of progress, and between two questions."""

Bounds = dict[int, tuple[int, int]]
"""First offset and end of each partition."""

Committed = Mapping[str, Mapping[int, int]]
"""The next offset to read, by consumer group and partition."""

Signs = Callable[[Bounds, Committed], Mapping[str, int]]
"""Signs of progress inside a batch: numbers by name, each of which grows with progress."""


Stalled = Callable[[], Mapping[str, str]]
"""The errors, by group, of the groups that no retry brings on."""


class Settled(msgspec.Struct, frozen=True):
    """The topic's bounds when the wait began, and each group's lag and next offsets after it.

    `stalled` are the errors, by group, of those that stand still until an operator decides.
    """

    bounds: Bounds
    lag: dict[str, int]
    committed: dict[str, dict[int, int]]
    stalled: Mapping[str, str] = {}

    def unread_from(self, group: str) -> dict[int, int]:
        """The group's next offset in each partition; the first one if it has read nothing."""
        at = self.committed.get(group, {})
        return {partition: max(start, at.get(partition, start)) for partition, (start, _) in self.bounds.items()}


def settled(
    topic: Topic, groups: list[str], limit_seconds: float, say: Callable[[str], None], signs: Signs = lambda *_: {},
    stalled: Stalled = dict,
) -> Settled:  # fmt: skip
    """Wait until the groups have no lag, or no sign of progress came for `limit_seconds`, or those behind are stalled.

    Progress is a lag that falls, and between two commits any of the `signs`. What is published meanwhile is not waited
    for, so the wait ends whatever producers do.
    """
    bounds = {partition: topic.bounds(partition) for partition in topic.partitions()}
    starts, ends = ({partition: bound[side] for partition, bound in bounds.items()} for side in (0, 1))
    patience, looked = Patience(limit_seconds), 0.0
    while True:
        committed = {group: dict(topic.committed_by(group)) for group in groups}
        lag = {group: remaining(starts, ends, at) for group, at in committed.items()}
        now = time.monotonic()
        still = {group: error for group, error in stalled().items() if lag.get(group)}
        if not patience.bears(sum(lag.values()), now) or still.keys() == {group for group in groups if lag[group]}:
            return Settled(bounds, lag, committed, still)
        say(", ".join(f"{group} has {counted(left, 'message')} left" for group, left in lag.items() if left))
        if min(patience.quiet(now), now - looked) >= min(LOOK_SECONDS, limit_seconds / 4):
            patience.saw(signs(bounds, committed), time.monotonic())
            looked = time.monotonic()
        time.sleep(POLL_SECONDS)  # between two looks, with the patience above
