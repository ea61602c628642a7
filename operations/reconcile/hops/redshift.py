"""The hop `redshift`: the rows of the warehouse's table, by Redshift's Data API."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Final

from commerce.columns import NAMES, line
from commerce.lines import ADDED, OrderLine
from operations.errors import reading
from stores.redshift import warehouse
from stores.target import Target

_OF_DAYS: Final = "InvoiceDate >= CAST(:first AS TIMESTAMP) AND InvoiceDate < CAST(:after AS TIMESTAMP)"


class Redshift:
    """A target's warehouse; raises `StoreUnreachable` if it cannot be read."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._reading = partial(reading, f"the warehouse {target.warehouse_workgroup}")

    @cached_property
    def _warehouse(self) -> warehouse.Warehouse:
        return warehouse.of(self._target)

    def is_empty(self) -> bool:
        """Whether no batch has been loaded yet."""
        with self._reading():
            return self._warehouse.rows_of("loaded_batches") == 0

    def batches(self) -> set[str]:
        """The ids of the batches that the warehouse's ledger holds."""
        with self._reading():
            if not self._warehouse.rows_of("loaded_batches"):
                return set()
            return {batch for (batch,) in self._warehouse.query("SELECT batch FROM loaded_batches").rows}

    def lost_rows(self) -> int:
        """The number of lost rows: those its ledger's batches added, less those in the table.

        The ledger is asked first, so that a load in between makes the answer smaller, never greater.
        """
        with self._reading():
            if not self._warehouse.rows_of("loaded_batches"):
                return 0
            [[added]] = self._warehouse.query("SELECT COALESCE(SUM(lines_added), 0) FROM loaded_batches").rows
            return max(0, int(added) - self._warehouse.rows_of("order_lines"))

    def lines(self, first: date, last: date) -> Iterator[OrderLine]:
        """The rows of these days, both included; their LineIds are not verified.

        Asked for month by month: the Data API keeps no result above 500 MB.
        """
        with self._reading():
            if not self._warehouse.rows_of("order_lines"):
                return  # it may have no such table: what should stand there is missing
            lines = f"SELECT {', '.join(self._columns())} FROM order_lines WHERE {_OF_DAYS}"
            for start, after in months(first, last):
                for row in self._warehouse.query(lines, first=start, after=after).rows:
                    yield line(*row)

    def _columns(self) -> Sequence[str]:
        """The expression for each column of a line: an added field that the table lacks is missing in all lines."""
        if not ADDED:
            return NAMES
        there = {column.name for column in self._warehouse.query("SELECT * FROM order_lines LIMIT 0").columns}
        return [name if name not in ADDED or name.lower() in there else "NULL" for name in NAMES]


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """These days, both included, divided by months: the first day of each part, and the day after it.

    >>> [f"{start} {after}" for start, after in months(date(2010, 12, 30), date(2011, 1, 2))]
    ['2010-12-30 2011-01-01', '2011-01-01 2011-01-03']
    """
    end = last + timedelta(days=1)
    while first < end:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield first, min(following, end)
        first = following
