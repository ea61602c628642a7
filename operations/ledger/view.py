"""The ledger as a table for an operator: one entry a partition."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from rich.console import Console

from commerce.paths import RawKey
from commerce.raw import NO_TIMESTAMP, last_key
from console.tables import Sheet
from stores.dynamodb.ledger import Row


class Entry(msgspec.Struct, frozen=True):
    """A partition: its row (None without a position), the topic's end if it is known, and its last object."""

    partition: int
    epoch: int | None
    next_offset: int | None
    greatest_timestamp: str | None
    recorded_start: int | None
    topic_end: int | None
    last_object: str | None

    @property
    def unfiled(self) -> int | None:
        """The number of offsets between the ledger's and the topic's end."""
        return None if self.topic_end is None or self.next_offset is None else self.topic_end - self.next_offset


def view(rows: Iterable[Row], keys: Iterable[RawKey], ends: Mapping[int, int]) -> list[Entry]:
    """An entry for every partition in the ledger, the objects or the topic. `ends` are the topic's, by partition."""
    ledger, objects = {row.partition: row for row in rows}, list(keys)
    numbers = sorted({*ledger, *ends, *(key.partition for key in objects)})
    return [_entry(number, ledger.get(number), objects, ends.get(number)) for number in numbers]


def _entry(number: int, row: Row | None, keys: list[RawKey], end: int | None) -> Entry:
    position = row.position if row else None
    epoch = position.epoch if position else max((key.epoch for key in keys if key.partition == number), default=1)
    last = last_key(keys, number, epoch)
    return Entry(
        number,
        position.epoch if position else None,
        position.next_offset if position else None,
        _time(position.greatest_timestamp) if position else None,
        row.recorded_start if row else None,
        end,
        str(last) if last else None,
    )


def show(entries: Iterable[Entry], out: Console) -> None:
    """Print a table of the entries."""
    titles = ("partition", "epoch", "next offset", "topic's end", "not filed yet", "recorded start")
    rows = []
    for entry in entries:
        figures = (
            entry.partition,
            entry.epoch,
            entry.next_offset,
            entry.topic_end,
            entry.unfiled,
            entry.recorded_start,
        )
        texts = (entry.greatest_timestamp or "–", entry.last_object or "–")
        rows.append([*("–" if figure is None else f"{figure:,}" for figure in figures), *texts])
    out.print(Sheet([*titles, "greatest timestamp", "last object"], rows, titles))


def _time(milliseconds: int) -> str | None:
    """The timestamp in UTC, to the millisecond.

    >>> _time(1291190400123), _time(NO_TIMESTAMP)
    ('2010-12-01T08:00:00.123Z', None)
    """
    if milliseconds == NO_TIMESTAMP:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
