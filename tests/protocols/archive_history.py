"""One random history of raw_archive: a topic, an event source that never skips, writers that fail, and an operator."""

import base64
import collections
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from commerce import raw
from commerce.errors import ArchiveStalled
from commerce.keys import OFFSETS, topic_partition
from commerce.paths import parse_raw_key, raw_key
from consumers.raw_archive.handler import ATTEMPTS, archive
from operations.errors import Refused
from operations.ledger.checks import check_rebuild
from operations.ledger.refiling import Refiled, Refiling
from stores.dynamodb.ledger import Ledger
from stores.kafka.brokers import NEVER_COMMITTED
from stores.s3.objects import Lake
from tests.protocols.dynamodb import FakeDynamoDB
from tests.protocols.s3 import FakeS3
from tests.protocols.world import Task, World, Wrong

TOPIC = "orders"
CLUSTER = "cluster"
NOON = 1_291_204_800_000
HOUR = 3_600_000
MIDNIGHT = 1_291_247_999_900

_GAP = re.compile(r"begins at offset (\d+), but what is filed ends before (\d+)")


@dataclass(frozen=True)
class Sent:
    """A message of the topic; its value is unique, even among those of an older topic."""

    generation: int
    partition: int
    offset: int
    timestamp: int

    @property
    def value(self) -> bytes:
        return b'{"id":"%d-%d-%d"}' % (self.generation, self.partition, self.offset)

    def record(self) -> dict[str, Any]:
        return {
            "topic": TOPIC,
            "partition": self.partition,
            "offset": self.offset,
            "timestamp": self.timestamp,
            "timestampType": "LOG_APPEND_TIME",
            "key": base64.b64encode(b"536365").decode(),
            "value": base64.b64encode(self.value).decode(),
            "headers": [{"schema": [1]}],
        }


@dataclass
class Delivery:
    """A batch on its way: its end in each partition, and its writer."""

    task: Task
    ends: Mapping[int, int]
    generation: int
    epoch: int
    fate: str = field(default="")


class Topic:
    """The topic of a history, as an operator's command reads it."""

    def __init__(self, history: "History") -> None:
        self.name = TOPIC
        self._history = history

    def partitions(self) -> list[int]:
        self._history.world.pause()
        return list(self._history.partitions)

    def bounds(self, partition: int) -> tuple[int, int]:
        self._history.world.pause()
        return self._history.starts[partition], self._history.log[partition][-1].offset + 1

    def committed_by(self, group: str) -> dict[int, int]:
        self._history.world.pause()
        return {number: self._history.committed_offset(number) for number in self._history.partitions}

    def read(self, partition: int, start: int, end: int) -> Iterator[raw.RawLine]:
        self._history.world.pause()
        for it in self._history.log[partition]:
            if max(start, self._history.starts[partition]) <= it.offset < end:
                yield raw.RawLine(partition, it.offset, it.timestamp, 1, b"536365", it.value)


class SmallObjects(Refiling):
    """The command, with small objects, so that it puts several."""

    MESSAGES_OF_AN_OBJECT = 4


class History:
    """Drives the implemented handler through one history; `check` says whether it ended right."""

    def __init__(self, seed: int, blind_to: frozenset[str] = frozenset()) -> None:
        self.world = world = World(seed)
        self.random = world.random
        self.s3 = FakeS3(world, blind_to)
        self.dynamodb = FakeDynamoDB(world, {"offsets": (OFFSETS.partition, OFFSETS.sort)}, blind_to=blind_to)
        self.partitions = range(self.random.choice((1, 1, 2, 3)))
        self.generation, self.epoch = 0, 1
        self.gaps = self.random.choice((0.0, 0.2))
        self.late = NOON if world.happens(0.7) else MIDNIGHT
        self.log = {number: self._messages(number, self._first_offset(), self.late) for number in self.partitions}
        self.sent = [message for log in self.log.values() for message in log]
        self.committed = dict.fromkeys(self.partitions, 0)  # how many messages of the log, not an offset
        self.begin = dict.fromkeys(self.partitions, 0)  # where the group stood when the epoch began
        self.must = set[Sent]()  # delivered and committed: must have been filed
        self.current: dict[int, Delivery] = {}
        self.zombies: list[Delivery] = []
        self.recreates = world.happens(0.25)
        self.wakefulness = self.random.choice((0.0, 0.05, 0.3))  # how often a zombie gets its turn
        self.loses = world.happens(0.25)
        self.is_unnoticed = False
        self.loses_objects = world.happens(0.3)
        self.starts = dict.fromkeys(self.partitions, 0)  # the first offset that the topic still holds
        self.damaged = False  # objects were lost, and are not all filed again
        self.refiling: Task | None = None
        self.refiled: list[Refiled] = []
        self.gone = set[Sent]()  # messages that an operator was told are gone for good

    def run(self) -> None:
        """Deliver until all is committed, then let every zombie run to its end."""
        while not self._is_committed() or self.current or self.damaged:
            self._act()
        self.world.calm = self.world.happens(0.5)
        for delivery in self.zombies:
            self._end(delivery)
        self.check()

    def _act(self) -> None:
        idle = [n for n in self.partitions if n not in self.current and self.committed[n] < len(self.log[n])]
        running = [*{id(d): d for d in self.current.values()}.values()]
        if idle and (not running or self.world.happens(0.3)):
            self._deliver(self.random.sample(idle, self.random.randint(1, len(idle))))
        elif self.zombies and self.world.happens(self.wakefulness):
            self._go_on(self.random.choice(self.zombies))
        elif running:
            self._go_on(self.random.choice(running))
        if self.world.happens(0.15 if self.damaged else 0.02):
            number = self.random.choice(self.partitions)
            if number not in self.current:  # the group goes back, as after a lost commit
                self.committed[number] = self.random.randint(self.begin[number], self.committed[number])
        if self.recreates and self.world.happens(0.01):
            self.recreates = False
            self._recreate_topic()
        if self.recreates and self._ledger_lags() and self.world.happens(0.3):
            self.recreates = False
            self._recreate_topic_unnoticed()
        hidden = self.is_unnoticed and self.epoch == 1
        if self.loses and not hidden and self.world.happens(0.03):
            self.loses = False
            self._lose_rows()
        is_known = not self.is_unnoticed and self.generation + 1 == self.epoch
        if self.loses_objects and is_known and self.world.happens(0.03):
            self.loses_objects = self.recreates = False
            self._lose_objects()
        if self.damaged and self.world.happens(0.5):
            self._refile()

    def _deliver(self, numbers: Sequence[int]) -> None:
        """Hand a batch over: some messages of each of these partitions, from the group's offset."""
        batches = {n: self.log[n][self.committed[n] :][: self.random.randint(1, 9)] for n in numbers}
        records = {f"{TOPIC}-{n}": [message.record() for message in batch] for n, batch in batches.items()}
        event = {"eventSource": "aws:kafka", "records": records}
        retries = self.world.retries(ATTEMPTS)
        ledger, lake = self._ledger(retries), Lake(self.s3, "lake", retries)  # type: ignore[arg-type]
        task = Task(self.world, lambda: archive(event, ledger, lake))
        ends = {n: self.committed[n] + len(batch) for n, batch in batches.items()}
        delivery = Delivery(task, ends, self.generation, self.epoch)
        for number in numbers:
            self.current[number] = delivery

    def _go_on(self, delivery: Delivery) -> None:
        """Let the writer make one request more, die, or be abandoned and continue as a zombie."""
        if not delivery.task.is_done:
            delivery.task.step()
        is_zombie = delivery in self.zombies
        if delivery.task.is_done:
            if is_zombie:
                self.zombies.remove(delivery)
            self._end(delivery)
            if not is_zombie:
                self._release(delivery, commits=delivery.task.error is None and not self.world.happens(0.15))
        elif not is_zombie and self.world.happens(0.04):
            if self.world.happens(0.5):
                delivery.task.die()
            else:
                self.zombies.append(delivery)
            self._release(delivery, commits=False)

    def _release(self, delivery: Delivery, *, commits: bool) -> None:
        for number, end in delivery.ends.items():
            if self.current.pop(number, None) is not None and commits and delivery.generation == self.generation:
                self.must.update(self.log[number][self.committed[number] : end])
                self.committed[number] = end

    def _end(self, delivery: Delivery) -> None:
        """Let the writer finish, and handle its error: an operator answers an alarm, and judges it."""
        delivery.task.finish()
        error = delivery.task.error
        for stall in error.exceptions if isinstance(error, ExceptionGroup) else ():
            if isinstance(stall, ArchiveStalled):
                try:
                    self._answer(delivery, stall, str(error))
                except ArchiveStalled as refusal:
                    raise Wrong(f"an operator's command is refused: {refusal}") from refusal

    def _answer(self, delivery: Delivery, stall: ArchiveStalled, whole: str) -> None:
        if delivery.generation < self.generation:
            return  # a writer of the topic that is gone may well be refused
        if gap := _GAP.search(str(stall)):
            number = next(n for n in delivery.ends if f"{TOPIC}-{n}: {stall}" in whole)
            self._allow_gap(number, int(gap[2]), int(gap[1]))
        elif "recreated" in str(stall) and self.generation > 0 and delivery.epoch == 1:
            if self.epoch == 1:
                self._begin_epoch()
        else:
            raise Wrong(f"an alarm about nothing: {stall}")

    def _allow_gap(self, number: int, end: int, first: int) -> None:
        """Record the start if the messages between are truly gone, or are filed in an older epoch."""
        if self.damaged:
            return  # the runbook's command is at work on it
        between = {m for m in self.log[number] if end <= m.offset < first}
        if between - self._filed(before_epoch=self.epoch) - self.gone and not self._has_gone_on(number, first):
            raise Wrong(f"an alarm about nothing: {TOPIC}-{number} goes on at {first}, and {end} is not its end")
        if any(self.dynamodb.items("offsets")) or self.world.happens(0.9):
            with_calm = self._ledger(self._calm())
            row = with_calm.read(TOPIC, number)
            if row.position is None or row.position.next_offset < first:
                with_calm.record_start(TOPIC, number, first, after=end)
        self.world.calm = False

    def _has_gone_on(self, number: int, first: int) -> bool:
        """Whether the alarm was of before objects were filed again, and the ledger is past the batch by now."""
        if self.refiling is None:
            return False
        position = self._ledger(self._calm()).read(TOPIC, number).position
        return position is not None and position.next_offset >= first

    def _recreate_topic(self) -> None:
        """Delete and create the topic. Its group begins anew: Kafka forgets the offsets of a deleted topic.

        The old one's writers may still be running where something of it is filed in every partition: the new messages
        are refused there until the operator acts. Otherwise nobody could tell the old writers' messages from new ones.
        """
        if {message.partition for message in self._filed()} != set(self.partitions):
            self._let_writers_end()
        for delivery in self.current.values():
            if delivery not in self.zombies:
                self.zombies.append(delivery)
        self._begin_topic({n: self._messages(n, 0, self.late + HOUR, generation=1) for n in self.partitions})

    def _recreate_topic_unnoticed(self) -> None:
        """Create the topic again so that its messages continue at the ledger's offset, dated by a clock that is behind.

        Nothing tells them from the old ones but the first timestamp of the object that lies there already. Rows that
        are lost before that is seen are beyond the protocol: rebuilt or absent, the ledger then stands past that
        object, and messages that are not newer than what is filed pass for filed.
        """
        self.is_unnoticed = True
        for delivery in (*self.zombies, *self.current.values()):
            delivery.task.die()
        self.zombies = []
        at = dict(self.committed)
        log = {n: [replace(m, generation=1, timestamp=m.timestamp - 7) for m in self.log[n]] for n in self.partitions}
        self._begin_topic(log)
        self.committed, self.begin = at, dict(at)

    def _begin_topic(self, log: dict[int, list[Sent]]) -> None:
        self.generation, self.log = 1, log
        self.sent += [message for messages in log.values() for message in messages]
        self.current = {}
        self.committed = dict.fromkeys(self.partitions, 0)

    def _ledger_lags(self) -> bool:
        """Whether each partition has an object at the offset where, by ledger and group, the next one is to begin."""
        rows = {item["TopicPartition"]["S"]: item for item in self.dynamodb.items("offsets")}
        for number in self.partitions:
            left = self.log[number][self.committed[number] :]
            next_offset = rows.get(topic_partition(TOPIC, number), {}).get("NextOffset", {}).get("N")
            if not left or next_offset != str(left[0].offset):
                return False
            if str(raw_key(TOPIC, number, 1, left[0].offset, left[0].timestamp - 7)) not in self.s3.objects:
                return False
        return True

    def _begin_epoch(self) -> None:
        """Follow the runbook: let the old topic's writers end, begin the epoch, set the group to unfiled messages."""
        self._let_writers_end()
        ledger = self._ledger(self._calm())
        ledger.new_epoch(TOPIC, self.partitions, Lake(self.s3, "lake"))  # type: ignore[arg-type]
        self.epoch = 2
        filed = self._filed()
        for number, log in self.log.items():
            self.begin[number] = next((i for i, m in enumerate(log) if m not in filed), len(log))
            self.committed[number] = self.begin[number]
            if self.committed[number] < len(log) and (first := log[self.committed[number]].offset):
                ledger.record_start(TOPIC, number, first, after=0)
        self.must.update(m for m in filed if m.generation == 1)
        self.world.calm = False

    def _let_writers_end(self) -> None:
        for delivery in (*self.zombies, *self.current.values()):
            delivery.task.finish()
        self.zombies, self.current = [], {}

    def _lose_rows(self) -> None:
        """Lose rows by a restore while nobody writes; a rebuild may follow, or the rows stay absent."""
        self._quiesce()
        epochs = {key.epoch for key in map(parse_raw_key, self.s3.objects) if key}
        if self.epoch not in epochs:
            return  # with its rows, the topic would forget the epoch: the archive would ask for a new one, rightly
        for number in self.partitions:
            if self.world.happens(0.7):
                self.dynamodb.lose("offsets", (CLUSTER, topic_partition(TOPIC, number)))
        if self.world.happens(0.3):
            ledger = self._ledger(self._calm())
            ledger.rebuild(ledger.rebuilds(TOPIC, Lake(self.s3, "lake")))  # type: ignore[arg-type]
            self.world.calm = False

    def _lose_objects(self) -> None:
        """Lose raw objects, and perhaps ledger rows and the topic's first messages, while nobody writes."""
        self._quiesce()
        keys = sorted(key for key in self.s3.objects if (parsed := parse_raw_key(key)) and parsed.epoch == self.epoch)
        if not keys:
            return
        if self.loses and self.world.happens(0.5):
            self.loses = False
            self._lose_rows()
        self.damaged = True
        for key in self.random.sample(keys, self.random.randint(1, len(keys))):
            del self.s3.objects[key]
        for number in self.partitions:
            if self.world.happens(0.2) and self.committed[number]:
                self.begin[number] = self.random.randint(self.begin[number], self.committed[number])
                self.starts[number] = [*self.log[number], self.log[number][-1]][self.begin[number]].offset
        if self.world.happens(0.3):
            self._rebuild_or_be_refused()

    def _quiesce(self) -> None:
        """Let every writer come to its end."""
        for delivery in (*self.zombies, *self.current.values()):
            self._end(delivery)
        for delivery in {id(d): d for d in self.current.values()}.values():
            self._release(delivery, commits=delivery.task.error is None)
        self.zombies = []

    def _rebuild_or_be_refused(self) -> None:
        ledger = self._ledger(self._calm())
        changes = ledger.rebuilds(TOPIC, Lake(self.s3, "lake"))  # type: ignore[arg-type]
        try:
            check_rebuild(changes, {number: self.committed_offset(number) for number in self.partitions})
            ledger.rebuild(changes)
        except Refused:
            pass
        self.world.calm = False

    def _refile(self) -> None:
        """Let the command that files again make one request more, or be killed; it is run until it comes to its end."""
        if self.refiling is None:
            retries = self.world.retries()
            refiling = SmallObjects(
                self._ledger(retries), Lake(self.s3, "lake", retries), Topic(self), "raw-archive", map  # type: ignore[arg-type]
            )  # fmt: skip
            self.refiled = []
            self.refiling = Task(self.world, lambda: self.refiled.extend(refiling.run()))
        if not self.refiling.is_done:
            self.refiling.step()
        if not self.refiling.is_done:
            if self.world.happens(0.05):
                self.refiling.die()
                self.refiling = None
        elif isinstance(self.refiling.error, (ArchiveStalled, Refused)):
            raise Wrong(f"refused for nothing: {self.refiling.error}")
        elif self.refiling.error is not None:
            self.refiling = None  # a store's trouble: the operator runs it again
        else:
            self.damaged = False
            self._accept(self.refiled)

    def _accept(self, refiled: Sequence[Refiled]) -> None:
        """Note what the operator was told is gone, and follow the runbook: accept it."""
        ledger = self._ledger(self._calm())
        for gap in [gap for of_one in refiled for gap in of_one.gone]:
            lost = {m for m in self.log[gap.partition] if gap.first <= m.offset < gap.end}
            if wrong := [m for m in lost if m.offset >= self.starts[gap.partition]]:
                raise Wrong(f"said to be gone, and held by the topic: {wrong}")
            self.gone |= lost
            row = ledger.read(TOPIC, gap.partition)
            if row.position and gap.end <= row.position.next_offset:
                ledger.give_up(TOPIC, gap.partition, gap.first, gap.end)
            else:
                ledger.record_start(TOPIC, gap.partition, gap.end, after=gap.first)
        self.world.calm = False

    def committed_offset(self, number: int) -> int:
        """The group's offset in Kafka."""
        at = self.committed[number]
        return self.log[number][at - 1].offset + 1 if at else NEVER_COMMITTED

    def check(self) -> None:
        """Check that every message before the group's offset is filed once, and that objects describe themselves."""
        copies: collections.Counter[tuple[int, int, int, int | None, bytes | None, bytes | None]] = (
            collections.Counter()
        )
        for key, stored in self.s3.objects.items():
            parsed, extent = parse_raw_key(key), raw.Extent.of(stored["Metadata"])
            lines = list(raw.lines(stored["Body"]))
            assert parsed is not None
            first, last = lines[0], lines[-1]
            result = (extent.count, extent.sha256, extent.next_offset, extent.first_timestamp, parsed.first_offset)
            assert result == (
                len(lines),
                hashlib.sha256(stored["Body"]).hexdigest(),
                last.offset + 1,
                first.timestamp,
                first.offset,
            )
            assert {line.partition for line in lines} == {parsed.partition}
            copies.update((x.partition, x.offset, x.timestamp, x.schema, x.key, x.value) for x in lines)
        known: dict[tuple[Any, ...], Sent] = {
            (m.partition, m.offset, m.timestamp, 1, b"536365", m.value): m for m in self.sent
        }
        if strange := copies.keys() - known.keys():
            raise Wrong(f"filed, but never sent: {strange}")
        if repeated := [known[key] for key, count in copies.items() if count > 1]:
            raise Wrong(f"filed more than once: {repeated}")
        filed = {known[key] for key in copies}
        if lost := self.must - filed - self.gone:
            raise Wrong(f"lost: {lost}")
        if wrong := self.gone & filed:
            raise Wrong(f"said to be gone for good, and filed: {wrong}")

    def _filed(self, before_epoch: int = 99) -> set[Sent]:
        by_value = {message.value: message for message in self.sent}
        return {
            by_value[line.value or b""]
            for key, stored in self.s3.objects.items()
            if (parsed := parse_raw_key(key)) and parsed.epoch < before_epoch
            for line in raw.lines(stored["Body"])
        }

    def _is_committed(self) -> bool:
        return all(self.committed[number] == len(self.log[number]) for number in self.partitions)

    def _ledger(self, retries: Any) -> Ledger:
        return Ledger(self.dynamodb, "offsets", CLUSTER, retries)  # type: ignore[arg-type]

    def _calm(self) -> Any:
        """An operator's requests, without faults and without other writers' turns."""
        self.world.calm = True
        return self.world.retries()

    def _first_offset(self) -> int:
        return self.random.choice((0, 0, 0, 7))

    def _messages(self, number: int, first_offset: int, timestamp: int, generation: int = 0) -> list[Sent]:
        messages = []
        count = self.random.randint(5, 40)
        for offset in range(first_offset, first_offset + count):
            timestamp += self.random.choice((0, 1, 1, 1, 30, -5))  # a new leader's clock may be behind
            if not self.world.happens(self.gaps):
                messages.append(Sent(generation, number, offset, timestamp))
        return messages
