"""Signs that the consumers make progress inside a batch, which may take minutes on a busy disk.

The raw archive moves its ledger partition by partition. The order tables' consumer puts line by line: of the messages
that it reads next some are looked up in the tables, where their number rises as the batch is written.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from commerce.lines import OrderLine
from commerce.raw import RawLine
from operations.errors import StoreUnreachable
from operations.reconcile.deliveries import carried
from operations.reconcile.hops.dynamodb import Store
from operations.reconcile.waiting import Bounds, Committed
from operations.topic import Topic
from stores.dynamodb.ledger import Ledger

LOOKED_AT: Final = 100
"""Messages to look up: as many keys as one BatchGetItem takes."""

READ_AHEAD: Final = 10_000
"""Messages among which they are chosen: a batch is not larger."""


class WorkInBatches:
    """Reads the signs of a target's consumers; a store that does not answer adds none."""

    def __init__(self, topic: Topic, ledger: Ledger, store: Store, tables_group: str) -> None:
        self._topic, self._ledger, self._store = topic, ledger, store
        self._group = tables_group
        self._chosen: dict[tuple[tuple[int, int], ...], list[OrderLine]] = {}

    def __call__(self, bounds: Bounds, committed: Committed) -> Mapping[str, int]:
        """The signs by name: each batch has its own names."""
        try:
            rows = self._ledger.rows(self._topic.name)
            signs = {f"ledger {row.partition}": row.position.next_offset for row in rows if row.position}
            at = tuple(sorted(committed[self._group].items()))
            if at not in self._chosen:
                self._chosen = {at: self._choice(bounds, dict(at))}
            lines, summarized = self._store.written(self._chosen[at])
        except (StoreUnreachable, BotoCoreError, ClientError):  # the ledger raises what boto3 does
            return {}
        return signs | {f"lines from {at}": lines, f"summaries from {at}": summarized}

    def _choice(self, bounds: Bounds, committed: Mapping[int, int]) -> list[OrderLine]:
        most = READ_AHEAD // max(1, len(bounds))
        ahead: list[RawLine] = []
        for partition, (start, end) in bounds.items():
            first = max(start, committed[partition])
            ahead += self._topic.read(partition, first, min(end, first + most))
        return chosen(self._topic.name, ahead)


def chosen(topic: str, messages: Sequence[RawLine]) -> list[OrderLine]:
    """At most a hundred of the messages' lines, evenly among them, each once."""
    lines = carried(topic, messages[:: max(1, -(-len(messages) // LOOKED_AT))])
    return list({line.LineId: line for line in lines}.values())
