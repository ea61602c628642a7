"""The counts of a census: how far each partition is filed and stored. Pure."""

from collections.abc import Sequence

import msgspec

from lambdas.census.losses import LineKey, LostObject


class PartitionCount(msgspec.Struct, frozen=True):
    """A partition's offsets: its first and next one, and the next one of the archive's ledger and of both groups.

    `epoch`, `filed` and `timestamp` are the ledger's position, 0 without a row. `object_end` is the offset behind the
    last message of the newest raw object up to there; None if that object is gone. `given_up` are spans that an
    operator gave up, each from its first offset to before its end. `looked_up` of the last messages that the tables'
    group has read were looked up in the Invoices table, and `absent` are the lines of these that it lacks.

    `still_absent` and `still_gone` are the lines and objects that an earlier census missed, and this one too.
    """

    partition: int
    start: int
    end: int
    epoch: int
    filed: int
    timestamp: int
    object_end: int | None
    given_up: Sequence[tuple[int, int]]
    read_by_archive: int
    read_by_tables: int
    looked_up: int
    absent: Sequence[LineKey] = ()
    still_absent: Sequence[LineKey] = ()
    still_gone: Sequence[LostObject] = ()


class BatchCount(msgspec.Struct, frozen=True):
    """The lake's lines after a batch, and how many of them it added; none where lost lines were put back after it."""

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
