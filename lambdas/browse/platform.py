"""The clients by which browse asks the platform's stores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stores.batches import Batches
from stores.ledger import Ledger
from stores.objects import Lake
from stores.tables import Tables
from stores.topic_census import TopicCensus
from stores.topic_reader import TopicReader


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
