"""A profile of each column, by pandas: filled and distinct cells, least, greatest and most frequent value.

Lines are looked at some thousand at a time, and of the values of a column only the most frequent are kept, so that
memory stays flat for a file of any size.
"""

from collections import Counter
from operator import attrgetter
from typing import Any, Final

import msgspec
import pandas as pd

from commerce.lines import FIELDS, OrderLine
from producer.replay.plan import Row

_FIELDS_OF: Final = attrgetter(*FIELDS)

LINES_AT_ONCE: Final = 20_000
MOST_VALUES: Final = 10_000
"""Distinct values counted in a column; beyond them only the frequent ones are counted on."""


class Column(msgspec.Struct):
    """The profile of one column. `at_least` says that it has more distinct values than were counted."""

    name: str
    filled: int = 0
    missing: int = 0
    refused: int = 0
    distinct: int = 0
    at_least: bool = False
    least: Any = None
    greatest: Any = None
    frequent: Any = None
    frequent_rows: int = 0


class Profile:
    """The profile of the rows that were added. Refused rows count in the columns for which they are refused."""

    def __init__(self) -> None:
        self._columns = [Column(field) for field in FIELDS]
        self._refused: Counter[str] = Counter()
        self._counts: list[pd.Series] = [pd.Series(dtype="int64") for _ in FIELDS]
        self._lines: list[OrderLine] = []

    def add(self, row: Row) -> None:
        """Count a row of the files in the profile of each column."""
        self._refused.update(error.field for error in row.errors)
        if row.line is not None:
            self._lines.append(row.line)
            if len(self._lines) == LINES_AT_ONCE:
                self._look()

    def columns(self) -> list[Column]:
        """The profile of each column, in the fields' order."""
        self._look()
        for column, counts in zip(self._columns, self._counts, strict=True):
            column.refused = self._refused[column.name]
            column.distinct = max(column.distinct, len(counts))
            if len(counts):
                column.frequent, column.frequent_rows = counts.index[0], int(counts.iloc[0])
                if isinstance(column.frequent, pd.Timestamp):
                    column.frequent = column.frequent.to_pydatetime()
        return self._columns

    def _look(self) -> None:
        if not self._lines:
            return
        # object: pandas would make floats of integers beside missing ones
        frame = pd.DataFrame(list(map(_FIELDS_OF, self._lines)), dtype=object)
        self._lines.clear()
        for at, column in enumerate(self._columns):
            values = frame[at].dropna()
            column.filled += len(values)
            column.missing += len(frame) - len(values)
            if values.empty:
                continue
            least, greatest = values.min(), values.max()
            column.least = least if column.least is None else min(column.least, least)
            column.greatest = greatest if column.greatest is None else max(column.greatest, greatest)
            self._counts[at] = self._counted(column, self._counts[at], values)

    def _counted(self, column: Column, before: pd.Series, values: pd.Series) -> pd.Series:
        counts = before.add(values.value_counts(), fill_value=0).sort_values(ascending=False, kind="stable")
        column.distinct = max(column.distinct, len(counts))
        if len(counts) > MOST_VALUES:
            column.at_least = True
            counts = counts.iloc[:MOST_VALUES]
        return counts
