"""A topic's first and next offsets, and how far consumer groups have read it, by Kafka's administrative requests.

No message is read and no group is joined. One client serves all requests, and one those about a group; they live as
long as their object: MSK takes few new connections a second.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any
from warnings import catch_warnings, simplefilter

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # it does export it

from stores.kafka.brokers import Answer, BrokersSilent, asked
from stores.kafka.reader import TopicReader
from stores.kafka.topic import Settings

_EARLIEST, _LATEST, _NEWEST = (getattr(OffsetSpec, name)() for name in ("earliest", "latest", "max_timestamp"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """A partition's first offset, and the offset of its next message."""

    partition: int
    start: int
    end: int


class TopicCensus:
    """One topic's offsets; raises `BrokersSilent` where the brokers do not answer within these seconds."""

    def __init__(self, topic: str, settings: Settings, *, seconds: float) -> None:
        """A census by clients with these settings of `stores.kafka.topic.client_settings`."""
        self.topic = topic
        self._settings = settings
        self._seconds = seconds
        self._groups: dict[str, TopicReader] = {}
        self._where = f"Kafka at {settings['bootstrap.servers']}"

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient(self._settings | {"log_level": 0})

    @property
    def partitions(self) -> list[int]:
        """The topic's partitions now: a topic may grow while its functions' execution environments live."""
        found = self._asked(lambda: self._admin.list_topics(self.topic, self._seconds)).topics[self.topic]
        if found.error is not None:
            raise BrokersSilent(f"topic {self.topic}: {found.error.str()}")
        return sorted(found.partitions)

    def bounds(self) -> list[Bounds]:
        """The bounds of every partition."""
        partitions = self.partitions
        starts, ends = (self._offsets(partitions, spec) for spec in (_EARLIEST, _LATEST))
        return [Bounds(number, starts[number].offset, ends[number].offset) for number in partitions]

    def newest(self) -> datetime | None:
        """The time of the topic's newest message; None if it has none."""
        times = [it.timestamp for it in self._offsets(self.partitions, _NEWEST).values() if it.timestamp >= 0]
        return datetime.fromtimestamp(max(times) / 1000, UTC) if times else None

    def committed(self, group: str) -> Mapping[int, int]:
        """The group's next offset in each partition, or `NEVER_COMMITTED`."""
        if group not in self._groups:
            settings = self._settings | {"group.id": group}
            self._groups[group] = TopicReader(
                self.topic, settings, answer_seconds=self._seconds, silence_seconds=self._seconds
            )
        return self._groups[group].committed()

    def members(self, groups: Iterable[str]) -> Mapping[str, int | None]:
        """The number of members of each group; 0 for a group that does not exist, None while not all brokers answer.

        They are asked by `list_groups`, although that is deprecated: `describe_consumer_groups` aborts the process
        where the connection to a group's coordinator ends at a bad moment, as when the broker is killed
        (https://github.com/confluentinc/librdkafka/pull/5397: so does every request to a coordinator by this client).
        """
        return {group: self._members(group) for group in groups}

    def _members(self, group: str) -> int | None:
        with catch_warnings():
            simplefilter("ignore", DeprecationWarning)
            try:
                return sum(len(it.members) for it in self._admin.list_groups(group, self._seconds))
            except KafkaException:
                return None

    def _offsets(self, partitions: Iterable[int], spec: Any) -> Mapping[int, Any]:
        wanted = {TopicPartition(self.topic, number): spec for number in partitions}
        found = self._answers(self._admin.list_offsets(wanted, request_timeout=self._seconds))
        return {it.partition: answer for it, answer in found.items()}

    def _answers(self, futures: Mapping[Any, Any]) -> dict[Any, Any]:
        return {of: self._asked(partial(future.result, self._seconds)) for of, future in futures.items()}

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        return asked(ask, self._where)
