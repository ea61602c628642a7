"""The search for a customer's lines: what is searched for, and what a store was found to hold of it. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from commerce import wire
from commerce.erasures import is_mark
from commerce.errors import InvalidRow, UnreadableDocument
from commerce.lines import OrderLine

NO_LINE: Final = ""
"""Stands in place of a LineId for a message or row that names the customer and is not an order line."""


class Wanted(msgspec.Struct, frozen=True):
    """The lines of these LineIds, and what names the customer and is not an order line.

    Before there is a record all lines of the customer are wanted (`all_lines`); afterwards those of the record alone,
    since a line that came later is not in it.
    """

    customer: int
    line_ids: frozenset[str] = frozenset()
    all_lines: bool = True

    def takes(self, line: OrderLine) -> bool:
        """Whether the line is searched for."""
        return self.takes_row(line.LineId, line.CustomerID)

    def takes_row(self, line_id: str, customer: int | None) -> bool:
        """Whether the row of a table with this LineId and CustomerID is searched for."""
        return line_id in self.line_ids or (self.all_lines and customer == self.customer)

    def in_message(self, value: bytes | None) -> str | None:
        """The LineId of the wanted line in a message, `NO_LINE` if it names the customer otherwise, else None."""
        if value is None or is_mark(value) or not self._may_be_in(value):
            return None
        try:
            line = wire.decode(value)
        except InvalidRow:
            return NO_LINE if self._names_the_customer(value) else None
        return line.LineId if self.takes(line) else None

    def in_cells(self, cells: Iterable[str] | None) -> bool:
        """Whether a row of a file that is not an order line names the customer, in a cell or in a part of one.

        A refused row may have its number in a form that no line has, such as +17850, or all its values in one cell.
        """
        return any(self._is_named_by(part) for cell in cells or () for part in (cell, *_DELIMITERS.split(cell)))

    def in_text(self, text: bytes) -> bool:
        """Whether the customer's number stands by itself in a text of any form."""
        return re.search(rb"(?<![0-9])%d(?![0-9])" % self.customer, text) is not None

    def _is_named_by(self, text: str) -> bool:
        return re.fullmatch(rf"""[\s"']*\+?0*{self.customer}(?:[.,]0*)?[\s"']*""", text) is not None

    def _may_be_in(self, value: bytes) -> bool:
        # reading a line takes three times as long
        return b"%d" % self.customer in value or any(it.decode() in self.line_ids for it in _IDS.findall(value))

    def _names_the_customer(self, value: bytes) -> bool:
        try:
            fields: Any = wire.parse(value)
        except UnreadableDocument:
            return self.in_text(value)
        if isinstance(fields, Mapping) and "CustomerID" in fields:
            return self._is_named_by(str(fields["CustomerID"]))
        return self.in_text(value)


_DELIMITERS: Final = re.compile("[;,|\t]")
_IDS: Final = re.compile(rb"[0-9a-f]{32}")


class Found(msgspec.Struct, frozen=True):
    """A store's holdings of a customer: rows of lines with their LineIds, other records, and all places."""

    store: str
    rows: int
    others: int
    lines: frozenset[str]
    places: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was found."""
        return not self.rows and not self.others


@dataclass(slots=True)
class Search:
    """Counts what is found in one store."""

    store: str
    rows: int = 0
    others: int = 0
    lines: set[str] = field(default_factory=set)
    places: dict[str, None] = field(default_factory=dict)

    def add(self, place: str, line_id: str, rows: int = 1) -> None:
        """Count rows of a line at a place; `NO_LINE` counts records that are not order lines."""
        self.places[place] = None
        if line_id == NO_LINE:
            self.others += rows
        else:
            self.rows += rows
            self.lines.add(line_id)

    @property
    def found(self) -> Found:
        """The findings of the search."""
        return Found(self.store, self.rows, self.others, frozenset(self.lines), tuple(self.places))
