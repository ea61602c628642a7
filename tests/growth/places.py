"""The places that name the record's fields, and the fields that each has: one that forgot a field is named."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from commerce import wire
from commerce.columns import NAMES
from commerce.identity import line_id
from commerce.lines import ADDED, FIRST_FIELDS, OrderLine, field_error
from glue_jobs import staging
from lambdas.schemas import EXACT, components
from stores.dynamodb import items
from tests.orders import ADDED_VALUES, USUAL, a_line
from tests.warehouse.test_columns import columns_of
from warehouse.comments import comments
from warehouse.dictionary import MEANINGS
from warehouse.loading import TABLE, Load, statements

RECORD: Final = OrderLine.__struct_fields__
_CHECKOUT: Final = Path(__file__).parents[2]
_LOAD: Final = statements(Load("b", "lake", "m", 1))


def whole() -> OrderLine:
    """A line with a value of every field."""
    return a_line(**{name: ADDED_VALUES.get(name, ["x"])[0] for name in ADDED})


def _parsed() -> Iterable[str]:
    for name in ADDED:
        try:
            field_error(name, None)
        except KeyError:
            continue
        yield name


def _identified() -> Iterable[str]:
    """The fields that are part of a LineId, and the parts of one that are no field."""
    line = whole()
    yield from (*FIRST_FIELDS, "Occurrence", "LineId")
    yield from (name for name in ADDED if line_id(a_line(), 1) != line.LineId)


def _of_statement(begin: str) -> Iterable[str]:
    (statement,) = (sql for sql in _LOAD if sql.startswith(begin))
    return re.findall(r"\w+", statement)


def _in_file(name: str, pattern: str) -> Iterable[str]:
    return re.findall(pattern, (_CHECKOUT / name).read_text("utf-8"))


def _streamed() -> Iterable[str]:
    return re.findall(r'line\."(\w+)"', (files("warehouse") / "options" / "streaming_ingestion.sql").read_text("utf-8"))


def _in_tableau() -> Iterable[str]:
    return ["Occurrence", *_in_file("warehouse/tableau/tillstream.tds", r'<column [^>]*name="\[(\w+)\]"')]


PLACES: Final[Mapping[str, Callable[[], Iterable[str]]]] = {
    "commerce/columns.py, COLUMNS": lambda: NAMES,
    "commerce/identity.py, the canonical form": _identified,
    "commerce/wire.py, the wire form": lambda: json.loads(wire.encode(whole())),
    "stores/dynamodb/items.py, the item": lambda: ["InvoiceNo", *items.line_item(whole())],
    "glue_jobs/staging.py, the Parquet schema": lambda: staging.SCHEMA.names,
    "glue_jobs/staging.py, the lake's columns": lambda: re.findall(r"(?:^|, )([A-Z]\w+)", staging.spark_columns()),
    "warehouse/loading.py, the table that COPY fills": lambda: _of_statement("CREATE TEMP TABLE staged_lines"),
    "warehouse/loading.py, MERGE": lambda: _of_statement("MERGE"),
    "lambdas/schemas.py, EXACT": lambda: EXACT,
    "lambdas/schemas.py, the posted row": lambda: components()["Row"]["properties"],
    "lambdas/schemas.py, the answered line": lambda: components()["OrderLine"]["properties"],
    "warehouse/migrations": lambda: [name for name, _, _ in columns_of(TABLE)],
    "warehouse/options/streaming_ingestion.sql": _streamed,
    "warehouse/dictionary.py, MEANINGS": lambda: MEANINGS,
    "warehouse/views/amounts.sql": lambda: ["Occurrence", *comments()["amounts"].meanings],
    "docs/data-dictionary.md": lambda: _in_file("docs/data-dictionary.md", r"\n\| `(\w+)` \|"),
    "warehouse/tableau/tillstream.tds": _in_tableau,
    "tests/orders.py": lambda: [*USUAL, "Occurrence", "LineId", *ADDED_VALUES],
}
"""The fields that a place has, by its file and what is in it; in any order, beside other names, and in any case."""


def forgotten() -> dict[str, list[str]]:
    """The fields of the record that each place lacks; places that have all are left out."""
    if unparsed := [name for name in ADDED if name not in _parsed()]:
        return {"commerce/lines.py, _PARSERS": unparsed}  # no line can be made to look at the other places
    lacking = {}
    for place, fields in PLACES.items():
        there = {name.lower() for name in fields()}
        if missing := [name for name in RECORD if name.lower() not in there]:
            lacking[place] = missing
    return lacking
