"""Compares the topic with the raw files delivery by delivery: the same messages under the same offsets.

An expired delivery is one that only the raw files hold, because the topic has let go of it: by its retention, or by
being made anew (an older epoch). It stands for the topic's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import inf

from commerce.erasures import erased, is_mark, marked_line
from commerce.lines import OrderLine
from commerce.quarantine import Quarantined, checked
from commerce.raw import RawLine
from operations.reconcile.findings import Findings, erased_line
from operations.reconcile.lines import LineCounter, LineSet
from operations.reconcile.pairs import DeliveryPair
from operations.reconcile.scope import Scope


class HopCounter:
    """Counts the lines of the scope in one side of the stream, and the messages that are not order lines."""

    def __init__(self) -> None:
        self._lines = LineCounter()
        self.rejected = 0

    def add(self, line: OrderLine | None) -> None:
        """Count a delivery in the scope; None is a message that is not an order line."""
        if line is None:
            self.rejected += 1
        else:
            self._lines.add(line)

    def settle(self) -> LineSet:
        """The counted lines; the counter is empty afterwards."""
        return self._lines.settle()


class Stream:
    """Compares each partition's deliveries and keeps the counts, the faults, and the messages due in quarantine.

    A message that is not an order line belongs to no day: it is always in the scope. `unquarantined` holds the keys of
    all such messages until they are found, and whether each is only due: the order tables' group has not read it.
    `unread_by_tables` is where that group reads on in each partition. `unarchived` are the deliveries that the raw
    archive has not read yet.
    """

    def __init__(self, topic: str, scope: Scope, unread_by_tables: Mapping[int, int] | None = None) -> None:
        self.topic, self.raw, self.expired = HopCounter(), HopCounter(), HopCounter()
        self.different = Findings()
        self.came_back = Findings()
        self.unarchived = Findings()
        self.unquarantined: dict[str, bool] = {}
        self.expired_messages = 0
        self._name = topic
        self._scope = scope
        self._unread_by_tables = unread_by_tables or {}

    def read_both(
        self,
        partition: int,
        pairs: Iterable[DeliveryPair],
        has_expired: Callable[[int], bool],
        unread_from: float = inf,
    ) -> None:
        """Compare a partition with its raw files; `has_expired` says whether the topic dropped an offset.

        The raw archive has read what is before the offset `unread_from`.
        """
        for published, archived in pairs:
            if published is None and archived is not None:
                self._read_raw_alone(partition, archived, expired=has_expired(archived.offset))
            elif archived is None and published is not None:
                self._read_topic_alone(partition, published, read=published.offset < unread_from)
            elif published is not None and archived is not None:
                self._read_pair(partition, published, archived)

    def read_expired(self, partition: int, archived: Iterable[RawLine]) -> None:
        """Take in raw deliveries that the topic no longer holds."""
        for delivery in archived:
            self._read_raw_alone(partition, delivery, expired=True)

    def read_topic(self, partition: int, published: Iterable[RawLine]) -> None:
        """Count a partition of the topic without its raw files."""
        for delivery in published:
            self._count(partition, delivery, self.topic)

    def read_raw(self, partition: int, archived: Iterable[RawLine], *, of_this_topic: bool = True) -> None:
        """Count raw deliveries without the topic, `of_this_topic` or of an older one that was deleted."""
        for delivery in archived:
            self._count(partition, delivery, self.raw, may_be_unread=of_this_topic)

    def _read_pair(self, partition: int, published: RawLine, archived: RawLine) -> None:
        if published == archived or self._is_marked(partition, published, archived):
            self._count(partition, archived, self.topic, self.raw)
            return
        in_topic = self._count(partition, published, self.topic)
        in_raw = self._count(partition, archived, self.raw)
        if in_topic or in_raw:
            self.different.add(f"partition {partition}, offset {published.offset} {_difference(published, archived)}")

    def _read_topic_alone(self, partition: int, published: RawLine, *, read: bool) -> None:
        if self._count(partition, published, self.topic):
            found = self.different if read else self.unarchived
            found.add(f"partition {partition}, offset {published.offset} is in the topic, not in S3")

    def _read_raw_alone(self, partition: int, archived: RawLine, *, expired: bool) -> None:
        if expired:
            self.expired_messages += self._count(partition, archived, self.raw, self.expired)
        elif self._count(partition, archived, self.raw):
            self.different.add(f"partition {partition}, offset {archived.offset} is in S3, and never was in this topic")

    def _is_marked(self, partition: int, published: RawLine, archived: RawLine) -> bool:
        """Whether the mark of the published message was filed, which must be of an erased line or of no line."""
        if not is_mark(archived.value):
            return False
        found = checked(self._name, partition, published.offset, published.timestamp, published.key, published.value)
        if isinstance(found, Quarantined):
            return archived == erased(published, None)
        return found.LineId in self._scope.erased and archived == erased(published, found.LineId)

    def _count(self, partition: int, message: RawLine, *hops: HopCounter, may_be_unread: bool = False) -> bool:
        """Count the message in these hops if it is in the scope, and return whether it is.

        An erased line, or its mark, is not; in a raw object only the mark may be.
        """
        if self._scope.erased and marked_line(message.value) in self._scope.erased:
            return False
        found = checked(self._name, partition, message.offset, message.timestamp, message.key, message.value)
        line = None
        if isinstance(found, Quarantined):
            unread_from = self._unread_by_tables.get(partition, inf)
            self.unquarantined[found.key] = (may_be_unread or self.topic in hops) and message.offset >= unread_from
        elif self._scope.covers(found):
            line = found
        else:
            if found.LineId in self._scope.erased and self.raw in hops:
                self.came_back.add(erased_line(found))
            return False
        for hop in hops:
            hop.add(line)
        return True


def _difference(published: RawLine, archived: RawLine) -> str:
    names = [name for name in RawLine.__struct_fields__ if getattr(published, name) != getattr(archived, name)]
    return f"has another {' and '.join(names)} in S3 than in the topic"


def carried(topic: str, messages: Iterable[RawLine]) -> Iterator[OrderLine]:
    """The order lines that the messages carry; a message that is not one is left out."""
    for it in messages:
        found = checked(topic, it.partition, it.offset, it.timestamp, it.key, it.value)
        if not isinstance(found, Quarantined):
            yield found
