"""The clients by which browse asks the platform's stores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stores.dynamodb.ledger import Ledger
from stores.dynamodb.tables import Tables
from stores.kafka.census import TopicCensus
from stores.kafka.reader import TopicReader
from stores.s3.batches import Batches
from stores.s3.objects import Lake


@dataclass(frozen=True, slots=True)
class Platform:
    """The clients of one platform. `groups` are its consumer groups by name, `items` counts the Invoices table.

    Of the tables only that of invoices is asked.
    """

    census: TopicCensus
    reader: TopicReader
    lake: Lake
    ledger: Ledger
    batches: Batches
    tables: Tables
    groups: Mapping[str, str]
    items: Callable[[], int]
