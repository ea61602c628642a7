"""Waits until the consumer groups have read the topic up to where it ended when the wait began."""

import time
from collections.abc import Callable

import msgspec

from operations.reconcile.patience import Patience, remaining
from operations.reconcile.topic import Topic

POLL_SECONDS = 0.5

Bounds = dict[int, tuple[int, int]]
"""Partition to its first offset and its end."""


class Settled(msgspec.Struct, frozen=True):
    """The topic's bounds when the wait began, and how many of its messages each group still had to read after it."""

    bounds: Bounds
    lag: dict[str, int]


def settled(topic: Topic, groups: list[str], limit_seconds: float, say: Callable[[str], None]) -> Settled:
    """Wait as long as the groups' lag falls, and until it has not for `limit_seconds`.

    What is published meanwhile is not waited for, so the wait ends whatever producers do.
    """
    bounds = {partition: topic.bounds(partition) for partition in topic.partitions()}
    starts, ends = ({partition: bound[side] for partition, bound in bounds.items()} for side in (0, 1))
    patience = Patience(limit_seconds)
    while True:
        lag = {group: remaining(starts, ends, topic.committed(group, list(bounds))) for group in groups}
        if not patience.bears(sum(lag.values()), time.monotonic()):
            return Settled(bounds, lag)
        say("waiting for " + ", ".join(f"{group}: {left:,} messages" for group, left in lag.items() if left))
        time.sleep(POLL_SECONDS)  # between two looks, with the patience above
