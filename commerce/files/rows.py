"""The cells of a document's records as rows: by the rules, or by fragments that passed them before."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from commerce.errors import FieldError, InvalidRow, shown
from commerce.files.column_maps import ColumnMap
from commerce.files.doubtful_cells import doubts
from commerce.fragments import Fragments, Memory, extended
from commerce.lines import ADDED, FIELDS, FIRST_FIELDS, OrderRow, order_row


class Rows:
    """Reads the records of a document: `places` is the position of each field's cell, `form` what the cells mean.

    A record has `width` cells. Rows that are `identified` have a LineId, which follows from the fields: they are meant
    as they stand, and nothing in them is doubtful.
    """

    def __init__(self, width: int, places: Mapping[str, int], form: ColumnMap, *, identified: bool = False) -> None:
        self._width = width
        self._places = {field: places[field] for field in FIELDS if field in places}
        in_order = width == len(FIRST_FIELDS) and list(self._places.values()) == [*range(width)]
        self._in_order = None if in_order else _in_order(self._places, FIRST_FIELDS)
        self._form = form
        self._identified = identified
        self._added = _in_order(self._places, ADDED)
        self._memory = memory = _memory(form.digest, identified)
        self._heads, self._products, self._quantities = memory.heads, memory.products, memory.quantities

    def row(self, cells: list[str]) -> Fragments:
        """The row of these cells. Raises `InvalidRow` where one is wrong, doubtful, missing or too many."""
        if len(cells) != self._width:
            wrong = FieldError(
                "record", shown(f"{len(cells)} cells"), f"must have {self._width} cells, as the header has"
            )
            raise InvalidRow([wrong])
        texts = self._in_order(cells) if self._in_order else cells
        invoice, code, description, quantity, date, price, customer, country = texts
        try:
            return Fragments(
                self._heads[invoice, date, customer, country],
                self._products[code, description, price],
                self._quantities[quantity],
            )
        except KeyError:
            return self._memory.fragments(self._checked(cells), texts)

    def extended_row(self, cells: list[str]) -> Fragments:
        """The row of these cells, as `row` reads it, with its added fields."""
        known, texts = self.row(cells), tuple(self._added(cells))
        added = self._memory.added.get(texts)
        return self._memory.with_added(known, self._checked(cells), texts) if added is None else extended(known, added)

    def _checked(self, cells: list[str]) -> OrderRow:
        """The row by the rules of its fields."""
        read = {field: cells[at] for field, at in self._places.items()}
        if not self._identified and (doubtful := doubts(read, self._form.decimal)):
            raise InvalidRow(doubtful)
        return self._form.row(read) if self._form.converts else order_row(read)


@lru_cache(maxsize=8)
def _memory(digest: str, identified: bool) -> Memory:
    """The memory of such rows of all documents whose form has this digest: the same cells mean the same in each."""
    return Memory()


def reader(
    width: int, places: Mapping[str, int], form: ColumnMap, *, identified: bool = False
) -> Callable[[list[str]], Fragments]:
    """The function that reads the rows of such a document, with their added fields if it can have any."""
    rows = Rows(width, places, form, identified=identified)
    has_added = any(field in places or field in form.values for field in ADDED)
    return rows.extended_row if has_added else rows.row


def _in_order(places: Mapping[str, int], fields: Sequence[str]) -> Callable[[list[str]], Sequence[str]]:
    """A function that puts a record's cells in the order of these fields, empty where a field has no column."""
    if len(fields) > 1 and all(field in places for field in fields):
        return itemgetter(*(places[field] for field in fields))
    return lambda cells: [cells[places[field]] if field in places else "" for field in fields]
