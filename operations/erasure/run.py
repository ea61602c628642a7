"""An erasure from the search to the proof; it may be stopped anywhere, and run again."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from commerce.erasures import Proof
from console.counts import counted
from operations.erasure import steps
from operations.erasure.bucket import ErasableBucket
from operations.erasure.platform import retention
from operations.erasure.remains import Remains, remains
from operations.erasure.steps import InTopic, Store
from operations.erasure.wanted import Found, Wanted
from operations.reconcile.waiting import Settled
from operations.topic import Topic
from stores.s3 import erasures


class Held(msgspec.Struct, frozen=True):
    """The holdings of stores and topic of a customer; `known` are the LineIds that records name already."""

    found: Sequence[Found]
    topic: InTopic
    known: frozenset[str]

    @property
    def lines(self) -> frozenset[str]:
        """The LineIds of everything found."""
        return self.topic.lines.union(*(it.lines for it in self.found))

    @property
    def is_nothing(self) -> bool:
        """Whether no store holds anything, and the topic only what every consumer drops."""
        return all(it.is_nothing for it in self.found) and self.topic.lines <= self.known


class Erasing:
    """The erasure of one customer from these stores; `settle` waits for the consumers, `say` receives the progress."""

    def __init__(
        self, customer: int, bucket: ErasableBucket, stores: Sequence[Store], topic: Topic,
        settle: Callable[[], Settled], say: steps.Say, gate_seconds: float = erasures.GATE_SECONDS,
    ) -> None:  # fmt: skip
        self._customer, self._bucket, self._stores, self._topic = customer, bucket, stores, topic
        self._settle, self._say, self._gate_seconds = settle, say, gate_seconds

    def search(self) -> Held:
        """Search every store and the topic."""
        known = erasures.line_ids(self._bucket.lake)
        in_topic = steps.in_topic(self._topic, Wanted(self._customer))
        return Held(steps.searched(self._stores, Wanted(self._customer, known), self._say), in_topic, known)

    def carry_out(self, held: Held) -> list[Remains]:
        """Record what was found, erase it, and search again; says what remains.

        Raises `Refused` where a consumer or a job stands in the way, or a store still holds something.
        """
        lake = self._bucket.lake
        steps.record(lake, held.lines - held.known, held.found, held.topic, datetime.now(UTC))
        records = erasures.records(lake)
        self._say(f"recorded: every consumer and job drops {counted(len(held.lines), 'line')} from now on")
        since = [it.at for it in records[-1:]]
        steps.wait_for_writers(self._settle, since, self._say, self._gate_seconds)
        wanted = Wanted(self._customer, erasures.line_ids(lake), all_lines=False)
        for store in self._stores:
            self._say(f"erasing: {store.name}")
            store.erase(wanted)
        steps.check(steps.searched(self._stores, wanted, self._say))
        left = self._remaining(wanted)
        for it in records:
            if not held.lines.isdisjoint(it.lines):
                erasures.put_proof(lake, Proof(it.id, datetime.now(UTC), tuple(map(str, left))))
        return left

    def _remaining(self, wanted: Wanted) -> list[Remains]:
        in_topic = steps.in_topic(self._topic, wanted)
        return list(
            remains(
                in_topic.count, in_topic.newest, retention(self._topic), datetime.now(UTC),
                backups=self._bucket.keeps_versions,
            )
        )  # fmt: skip
