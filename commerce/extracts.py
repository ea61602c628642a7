"""The sales extracts: small JSON documents that load_warehouse makes of the warehouse's views, for pages to draw.

Each is published under a version of its own; a manifest names the newest, so that all extracts change at once.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from commerce.json_text import json_text
from commerce.lines import plain, thousandths

EXTRACTS: Final = ("daily", "hourly", "products", "cohorts")
"""The names of the extracts: net and returns a day and country, sales an hour, products a month, customers a cohort."""


class Column(msgspec.Struct, frozen=True):
    """A column of an extract: a number for each row, or, where there are `values`, the place of its text in them."""

    name: str
    values: Sequence[str | None] | None
    data: Sequence[Decimal]


class Extract(msgspec.Struct, frozen=True):
    """An extract by columns: `rows` says how many rows each column has, oldest first."""

    extract: str
    rows: int
    columns: Sequence[Column]


class Published(msgspec.Struct, frozen=True):
    """The manifest: the newest version, when it was published, and the number of rows of each of its extracts.

    `source` identifies what the version was made of: the batches in the warehouse, and the extracts' definition.
    """

    version: str
    source: str
    at: datetime
    extracts: Mapping[str, int]


def extract(name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Extract:
    """The extract of these rows, as the warehouse gives them: numbers, decimals, texts and days.

    >>> extract("daily", ["day", "net"], [[date(2010, 12, 1), Decimal("2.550")], [date(2010, 12, 1), Decimal(0)]])
    ... # doctest: +NORMALIZE_WHITESPACE
    Extract(extract='daily', rows=2, columns=[Column(name='day', values=['2010-12-01'], data=[0, 0]),
            Column(name='net', values=None, data=[Decimal('2.55'), Decimal('0')])])
    """
    by_column = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]
    return Extract(name, len(rows), [_column(*it) for it in zip(columns, by_column, strict=True)])


def _column(name: str, cells: list[Any]) -> Column:
    if all(isinstance(cell, int | Decimal) for cell in cells):
        return Column(name, None, [plain(thousandths(it)) if isinstance(it, Decimal) else it for it in cells])
    places: dict[str | None, Any] = {}
    texts = [cell.isoformat() if isinstance(cell, date) else cell for cell in cells]
    data = [places.setdefault(text, len(places)) for text in texts]
    return Column(name, list(places), data)


def body(found: Extract) -> bytes:
    """The extract as compact JSON, with exact numbers."""
    return json_text(found)


def version(bodies: Mapping[str, bytes]) -> str:
    """The version of these extracts: the same for the same content.

    >>> version({"daily": b"{}"})
    '421b825e31a20843'
    """
    return digest(*(part for name in sorted(bodies) for part in (name.encode(), bodies[name])))


def digest(*parts: bytes) -> str:
    """A short digest of these parts, in their order."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:16]
