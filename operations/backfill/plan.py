"""The plan of a backfill: from which offset each partition is read again. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from commerce.groups import backfill_group
from console.counts import counted
from operations.errors import Refused

TIME: Final = "%Y%m%dT%H%M%SZ"


class Reach(msgspec.Struct, frozen=True):
    """The messages of a partition that are read again, `first` to before `end`; the topic begins at `start`."""

    partition: int
    start: int
    first: int
    end: int

    @property
    def messages(self) -> int:
        """The number of messages that are read again."""
        return self.end - self.first


class Plan(msgspec.Struct, frozen=True):
    """A backfill of the consumer that reads as `group`: it reads these messages once more as the group `beside`."""

    group: str
    beside: str
    reaches: Sequence[Reach]

    @property
    def messages(self) -> int:
        """The number of messages that are read again."""
        return sum(it.messages for it in self.reaches)


def group_beside(group: str, now: datetime) -> str:
    """The name of a backfill's own group, which nobody has used: an existing one would go on where it stopped.

    >>> group_beside("dev-order-tables", datetime(2026, 11, 29, 20, 5))
    'dev-order-tables-backfill-20261129T200500Z'
    """
    return backfill_group(group, now.strftime(TIME))


def planned(group: str, now: datetime, bounds: Mapping[int, tuple[int, int]], firsts: Mapping[int, int | None]) -> Plan:
    """The plan that begins each partition at its offset in `firsts`; None, and no entry, leave the partition out.

    Raises `Refused` for an offset that the topic does not hold, and where nothing would be read again.
    """
    reaches = []
    for partition, first in sorted(firsts.items()):
        if first is not None:
            check_offset(bounds, partition, first)
    for partition, (start, end) in sorted(bounds.items()):
        first = firsts.get(partition)
        reaches.append(Reach(partition, start, end if first is None else first, end))
    plan = Plan(group, group_beside(group, now), reaches)
    if not plan.messages:
        raise Refused("the topic holds no message so late: nothing would be read again")
    return plan


def firsts_of_time(
    found: Mapping[int, int | None], bounds: Mapping[int, tuple[int, int]]
) -> dict[int, int | None]:  # fmt: skip
    """The first offsets of partitions whose first message of a time has these offsets; None where there is none.

    A message that has come since the bounds were asked for is none of the plan's.

    >>> firsts_of_time({0: 3, 1: 9, 2: None, 3: 7}, {0: (5, 9), 1: (5, 9), 2: (5, 9), 3: (5, 9)})
    {0: 5, 1: None, 2: None, 3: 7}
    """
    return {
        it: None if first is None or first >= bounds[it][1] else max(first, bounds[it][0])
        for it, first in found.items()
    }


def check_offset(bounds: Mapping[int, tuple[int, int]], partition: int, offset: int) -> None:
    """Raise `Refused` if the topic does not hold this offset."""
    if partition not in bounds:
        raise Refused(f"the topic has no partition {partition}")
    start, end = bounds[partition]
    if not start <= offset < end:
        raise Refused(f"partition {partition} holds the offsets {start:,} to before {end:,}, and not {offset:,}")


def sentences(plan: Plan) -> list[str]:
    """The plan in words, a line a partition."""
    lines = [
        f"partition {it.partition}: {counted(it.messages, 'message')}, from offset {it.first:,} to before {it.end:,}"
        + (" (all that the topic still has)" if it.first == it.start else "")
        for it in plan.reaches
        if it.messages
    ]
    return [f"the group {plan.beside} reads {counted(plan.messages, 'message')} again", *lines]


def left(plan: Plan, committed: Mapping[int, int]) -> int:
    """The number of the plan's messages that its group has yet to read."""
    return sum(max(0, it.end - max(it.first, committed.get(it.partition, it.first))) for it in plan.reaches)
