"""The offsets that may be committed while the records of a batch are taken or given up, in any order."""

from collections import deque
from collections.abc import Iterable

from local.event_source.events import Record


class Progress:
    """The records of a batch that are not settled yet: neither taken by the function nor given up."""

    def __init__(self, records: Iterable[Record]) -> None:
        """Nothing is settled; the records are in the order of their offsets in each partition."""
        self._waiting: dict[int, deque[int]] = {}
        self._settled: set[tuple[int, int]] = set()
        for record in records:
            self._waiting.setdefault(record.partition, deque()).append(record.offset)

    def settle(self, records: Iterable[Record]) -> dict[int, int]:
        """Settle these records; the offset to commit in each partition in which no earlier record waits any more."""
        settled = [(record.partition, record.offset) for record in records]
        self._settled.update(settled)
        offsets: dict[int, int] = {}
        for partition in dict.fromkeys(partition for partition, _ in settled):
            waiting = self._waiting[partition]
            while waiting and (partition, waiting[0]) in self._settled:
                offsets[partition] = waiting.popleft() + 1
        return offsets
