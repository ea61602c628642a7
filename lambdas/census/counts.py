"""The counts of a census: how far each partition is filed and stored. Pure."""

from collections.abc import Sequence

import msgspec


class PartitionCount(msgspec.Struct, frozen=True):
    """A partition's offsets: its first and next one, and the next one of the archive's ledger and of both groups.

    `filed` is 0 without a row in the ledger, and `object_end` the offset behind the last message of the newest raw
    object up to there; None if that object is gone. `given_up` are spans that an operator gave up, each from its first
    offset to before its end. `looked_up` of the last messages that the tables' group has read were looked up in the
    Invoices table, and `absent` of them are missing there.
    """

    partition: int
    start: int
    end: int
    filed: int
    object_end: int | None
    given_up: Sequence[tuple[int, int]]
    read_by_archive: int
    read_by_tables: int
    looked_up: int
    absent: int


class BatchCount(msgspec.Struct, frozen=True):
    """A batch that added lines to the lake: how many, and the lake's lines after it."""

    batch: str
    lines_added: int
    lines_total: int


class Counts(msgspec.Struct, frozen=True):
    """A census: the partitions, the newest batches, oldest first, and the lines that the warehouse has yet to load."""

    topic: str
    partitions: Sequence[PartitionCount]
    batches: Sequence[BatchCount]
    unloaded_lines: int

    @property
    def messages(self) -> int:
        """The messages that were ever published to the topic."""
        return sum(it.end for it in self.partitions)
