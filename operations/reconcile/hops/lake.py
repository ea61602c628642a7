"""The hop `lake`: the rows of the lake's table."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from commerce.columns import NAMES, line
from commerce.lines import ADDED, OrderLine
from operations.errors import NoLakeTable
from stores.target import Target


class Lake:
    """A target's lake table, by pyiceberg; raises `StoreUnreachable` if it cannot be read."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def lines(self, first: date, last: date) -> Iterator[OrderLine]:
        """The rows of these days, both included; their LineIds are not verified.

        Without a table it yields no row: the lines due there are missing.
        """
        from operations.lake.table import LakeTable  # pyiceberg and Arrow take a while to import

        try:
            table = LakeTable(self._target)
        except NoLakeTable:
            return
        there = table.schema().names
        for batch in table.batches([name for name in NAMES if name in there], (first, last)):
            yield from lines_of(batch)


def lines_of(batch: Any) -> Iterator[OrderLine]:
    """The lines of an Arrow batch with the lake's columns, in any order; the table may lack added fields."""
    there = batch.schema.names
    missing = [None] * batch.num_rows
    return map(line, *(missing if it in ADDED and it not in there else batch.column(it).to_pylist() for it in NAMES))
