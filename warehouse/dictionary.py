"""The data dictionary: every table and view that an analyst reads, with its columns, their types and meanings.

    tillstream up
    python -m warehouse.dictionary > docs/data-dictionary.md

Names and types are what the warehouse describes, the fields' rules what `commerce.lines` refuses a row with, the views'
meanings what their files say. A test holds docs/data-dictionary.md against this.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from commerce.columns import COLUMNS
from commerce.errors import InvalidRow, NoTarget, TillstreamError
from commerce.lines import posted_row
from stores.redshift import warehouse
from stores.target import Target, state_directory
from warehouse.comments import Comment, comments

TABLE: Final = "order_lines"

MEANINGS: Final[Mapping[str, str]] = {
    "InvoiceNo": "the invoice's number; C before it marks a return, A an adjustment",
    "StockCode": "what was sold, or a fee, postage or discount; upper and lower case are different codes",
    "Description": "the product's text as the line has it, blanks kept",
    "Quantity": "units; negative where goods come back or are written off",
    "InvoiceDate": "local business time to the second, without a zone",
    "UnitPrice": "price of one unit",
    "CustomerID": "who bought; missing in a quarter of the lines",
    "Country": "the customer's country",
    "Occurrence": "which copy of exactly these fields the line is: copies are real lines",
    "LineId": "the line's identity: follows from the other fields, the same by every path",
}
"""The meaning of each field of the record; `rules` gives its rule."""

_HEAD: Final = f"""\
# Data dictionary

The tables and views of the warehouse, for people who query it by SQL or Tableau. `python -m warehouse.dictionary`
generates this page from the record (`commerce.columns`), the views' files (`warehouse/views`) and the warehouse's own
description of its columns; a test fails if the page differs. `numeric` is exact: prices and amounts have three
decimals.

`{TABLE}` is the one table of facts; all views are computed from it when they are queried.
"""


class Undocumented(TillstreamError):
    """The warehouse's columns are not those that have a meaning here."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, Redshift's name of its type, and its meaning."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view: the meaning of its rows, and its columns in order."""

    name: str
    rows: str
    fields: tuple[Field, ...]


def relations(described: warehouse.Warehouse) -> tuple[Relation, ...]:
    """The table of facts and every view, the views by name; raises `Undocumented` and `Uncommented`."""
    table = Comment("A row is an order line.", {name.lower(): meaning for name, meaning in MEANINGS.items()})
    return tuple(_relation(described, name, of_it) for name, of_it in {TABLE: table, **comments()}.items())


def _relation(described: warehouse.Warehouse, name: str, comment: Comment) -> Relation:
    columns = described.query(f"SELECT * FROM {name} LIMIT 0").columns
    types = {column.name.lower(): column.type for column in columns}
    if list(types) != list(comment.meanings):
        unlike = sorted(types.keys() ^ comment.meanings.keys()) or "their order"
        raise Undocumented(f"{name}: its columns and their meanings differ in {unlike}")
    return Relation(name, comment.rows, tuple(Field(it, types[it], said) for it, said in comment.meanings.items()))


def rules() -> Mapping[str, str]:
    """The rule of each field of a line, in the words of a refusal.

    >>> rules()["StockCode"], rules()["Description"]
    ('text of 1 to 20 characters, or an integer', 'at most 200 characters')
    """
    try:
        posted_row({column.name: [] for column in COLUMNS} | {"Description": " " * 201})
    except InvalidRow as refused:
        return {error.field: error.rule.removeprefix("must ").removeprefix("be ").removeprefix("have ")
                for error in refused.errors}  # fmt: skip
    raise AssertionError("a list is not a field")


def pages(found: Sequence[Relation]) -> Iterator[str]:
    """The dictionary in Markdown, a section a relation."""
    yield _HEAD
    for relation in found:
        yield f"\n## {relation.name}\n\n{relation.rows}\n\n"
        yield _table(relation, rules() if relation.name == TABLE else None)


def _table(relation: Relation, rules: Mapping[str, str] | None) -> str:
    head = ["column", "type", "meaning"]
    rows = [[f"`{it.name}`", it.type, it.meaning] for it in relation.fields]
    if rules:
        head += ["may be missing", "must be"]
        for row, column in zip(rows, COLUMNS, strict=True):
            row += ["yes" if column.nullable else "no", rules[column.name]]
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, ["---"] * len(head), *rows])


def main() -> int:
    """Write the dictionary of the laptop's warehouse to standard output: 0 done, 1 it cannot be read, 2 none runs."""
    try:
        found = relations(warehouse.of(Target.load(state_directory())))
    except TillstreamError as error:
        print(f"warehouse.dictionary: {error}", file=sys.stderr)
        return 2 if isinstance(error, NoTarget) else 1
    sys.stdout.writelines(pages(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
