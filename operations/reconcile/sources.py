"""The stores that a reconciliation reads, as protocols."""

from dataclasses import dataclass

from operations.bucket import Bucket
from operations.reconcile.hops import dynamodb, incoming, rows
from operations.reconcile.unread_work import Pending
from operations.topic import Topic
from stores.dynamodb.ledger import Ledger


@dataclass(frozen=True)
class Sources:
    """The stores of a topic with this name; `archive_group` and `tables_group` are its consumer groups."""

    name: str
    archive_group: str
    tables_group: str
    topic: Topic
    bucket: Bucket
    ledger: Ledger
    tables: dynamodb.Store
    incoming: incoming.Incoming
    lake: rows.ReadRows
    warehouse: rows.ReadRows
    pending: Pending
