"""The hop `lake`: the rows of the lake's table."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from commerce.columns import COLUMNS, line
from commerce.lines import OrderLine
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

        names = [column.name for column in COLUMNS]
        try:
            table = LakeTable(self._target)
        except NoLakeTable:
            return
        for batch in table.batches(names, (first, last)):
            yield from lines_of(batch)


def lines_of(batch: Any) -> Iterator[OrderLine]:
    """The lines of an Arrow batch with the lake's columns, in any order."""
    return map(line, *(batch.column(column.name).to_pylist() for column in COLUMNS))
