"""The stores that a reconciliation reads, as protocols."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from commerce.paths import RawKey
from operations.reconcile import awaited
from operations.reconcile.hops import dynamodb, incoming, rows, stream
from stores.ledger import Row


class ReadBucket(stream.Archived, Protocol):
    """The lake bucket: see `operations.bucket.Bucket`."""

    def raw_keys(self) -> list[RawKey]:
        """The keys of the topic's raw objects."""

    def absent(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys that have no object."""


class ReadLedger(Protocol):
    """The raw archive's ledger: see `stores.ledger.Ledger`."""

    def rows(self, topic: str) -> list[Row]:
        """Every row of the topic."""


@dataclass(frozen=True)
class Sources:
    """The stores of a topic with this name; `archive_group` and `tables_group` are its consumer groups."""

    name: str
    archive_group: str
    tables_group: str
    topic: stream.Published
    bucket: ReadBucket
    ledger: ReadLedger
    tables: dynamodb.ReadTables
    incoming: incoming.ReadIncoming
    lake: rows.ReadRows
    warehouse: rows.ReadRows
    pending: awaited.ReadPending
