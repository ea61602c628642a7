"""The steps of an erasure, in their order; each may be stopped anywhere and done again."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Final, Protocol

import msgspec

from commerce.batches.records import batch_id
from commerce.erasures import Erasure
from console.counts import counted
from operations.erasure.wanted import Found, Wanted
from operations.errors import Refused
from operations.reconcile.waiting import Settled
from operations.topic import Topic
from stores.s3 import erasures
from stores.s3.objects import Lake

Say = Callable[[str], None]

SHOWN: Final = 3
"""Places that an error names."""


class Store(Protocol):
    """A store that may hold lines of a customer."""

    @property
    def name(self) -> str:
        """The store's name, as people read it."""

    def search(self, wanted: Wanted) -> Found:
        """The findings in the store, by reading the store itself."""

    def erase(self, wanted: Wanted) -> None:
        """Remove what is wanted from the store; done again, it ends what it left."""


class InTopic(msgspec.Struct, frozen=True):
    """The wanted messages of a topic: how many each partition holds, their lines, and the newest one's time."""

    messages: dict[str, int]
    lines: frozenset[str]
    newest: datetime | None

    @property
    def count(self) -> int:
        """The number of messages."""
        return sum(self.messages.values())


def in_topic(topic: Topic, wanted: Wanted) -> InTopic:
    """The wanted messages that the topic still holds."""
    messages: Counter[str] = Counter()
    lines: set[str] = set()
    newest = 0
    for partition in topic.partitions():
        for it in topic.read(partition, *topic.bounds(partition)):
            line_id = wanted.in_message(it.value)
            if line_id is not None:
                messages[f"{topic.name}-{partition}"] += 1
                lines |= {line_id} - {""}
                newest = max(newest, it.timestamp)
    return InTopic(dict(messages), frozenset(lines), datetime.fromtimestamp(newest / 1000, UTC) if messages else None)


def searched(stores: Iterable[Store], wanted: Wanted, say: Say) -> list[Found]:
    """The findings in each store."""
    found = []
    for store in stores:
        say(f"searching: {store.name}")
        found.append(store.search(wanted))
    return found


def record(lake: Lake, new: Collection[str], found: Sequence[Found], topic: InTopic, now: datetime) -> Erasure | None:
    """Write the record of these lines, by which every writer drops them from now on; None where there is no line."""
    if not new:
        return None
    copies = {it.store: it.rows for it in found if it.rows}
    made = Erasure(batch_id(now, 0), now, tuple(sorted(new)), copies, topic.messages)
    if not erasures.put(lake, made):
        raise Refused(f"another erasure was recorded in this very second, as {made.id}: run `erase` again")
    return made


def wait_for_writers(
    settle: Callable[[], Settled], recorded: Sequence[datetime], say: Say, gate_seconds: float = erasures.GATE_SECONDS
) -> None:
    """Return once no writer can store a line that was `recorded` at these times.

    A function reads the records at most so many seconds late, and what was published before that its group has read.
    Raises `Refused` where a group stands still.
    """
    for at in recorded:
        left = (at + timedelta(seconds=gate_seconds) - datetime.now(UTC)).total_seconds()
        if left > 0:
            say(f"waiting {left:.0f} s, until every function has read the record")
            sleep(left)  # the age of what a function remembers is bounded by time alone
    settled = settle()
    if behind := [group for group, lag in settled.lag.items() if lag]:
        raise Refused(
            f"{' and '.join(behind)} still has messages to read, and may store an erased line: once it has read on, "
            "run `erase` again; until then nothing is erased"
        )


def check(left: Iterable[Found]) -> None:
    """Raise `Refused` if a store still holds something."""
    for it in left:
        if not it.is_nothing:
            more = f" and {len(it.places) - SHOWN:,} more" if len(it.places) > SHOWN else ""
            held = f"{counted(it.rows, 'row')} and {counted(it.others, 'other record')}"
            raise Refused(
                f"not erased: {it.store} still holds {held}, in {', '.join(it.places[:SHOWN])}{more}. Run `erase` again"
            )
