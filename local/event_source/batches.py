"""Decides when a batch is due, and its records, from counts, sizes and times, without Kafka or a clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from local.event_source.events import Record


@dataclass(frozen=True, slots=True)
class Limits:
    """The conditions that end the gathering of a batch, whichever comes first.

    `window_seconds` counts from the first record gathered; 0 asks for an invocation at once. `payload_bytes` is for the
    records and their lists; `partition_bytes` tells what the list of a partition costs beside its records.
    """

    records: int
    window_seconds: float
    payload_bytes: int
    partition_bytes: Callable[[int], int]


class Gathering:
    """Records gathered for a batch, in the order of their arrival."""

    def __init__(self, limits: Limits) -> None:
        """Start with nothing gathered."""
        self._limits = limits
        self._records: list[Record] = []
        self._partitions: set[int] = set()
        self._bytes = 0
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._records)

    @property
    def room(self) -> int:
        """The number of records that the next batch may still take."""
        return max(0, self._limits.records - len(self._records))

    def add(self, records: Iterable[Record], now: float) -> None:
        """Gather records that have just arrived; the window begins with the first."""
        if not self._records:
            self._since = now
        for record in records:
            self._bytes += self._cost(record)
            self._records.append(record)

    def seconds_left(self, now: float) -> float:
        """Seconds left of the window; 0 when it has passed."""
        return max(0.0, self._since + self._limits.window_seconds - now)

    def due(self, now: float) -> bool:
        """Whether the function is to be invoked now: enough records, more than one payload holds, or the time."""
        if not self._records:
            return False
        full = len(self._records) >= self._limits.records or self._bytes > self._limits.payload_bytes
        return full or self.seconds_left(now) == 0.0

    def take(self, now: float) -> list[Record]:
        """The next batch: the records that came first, as many as fit.

        A record that is larger than any payload comes alone. What does not fit stays, with a window of its own that
        begins now.
        """
        records, self._records = self._records, []
        self._clear_costs()
        end = 0
        for record in records[: self._limits.records]:
            self._bytes += self._cost(record)
            if self._bytes > self._limits.payload_bytes and end:
                break
            end += 1
        self._clear_costs()
        self.add(records[end:], now)
        return records[:end]

    def drop(self) -> None:
        """Drop the gathered records; Kafka delivers them again from the committed offsets."""
        self._records = []
        self._clear_costs()

    def _cost(self, record: Record) -> int:
        """Bytes that the record adds to the payload; its partition's list is counted with its first record."""
        cost = len(record.json) + 1
        if record.partition not in self._partitions:
            self._partitions.add(record.partition)
            cost += self._limits.partition_bytes(record.partition)
        return cost

    def _clear_costs(self) -> None:
        self._partitions.clear()
        self._bytes = 0
