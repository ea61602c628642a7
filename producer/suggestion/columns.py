"""Decides which column of a file is which field of an order line, by the titles and by the shape of the values."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

import msgspec

from commerce.lines import FIELDS, field_error
from producer.missing_words import may_mean_missing
from producer.suggestion.dates import date_form
from producer.suggestion.titles import is_of_another, rank

MOST_DISTINCT: Final = 2_000
"""The number of distinct values of a column that are examined."""

_COMMA: Final = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]+|[-+]?[0-9]+,[0-9]+")
_POINT: Final = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})*\.[0-9]+|[-+]?[0-9]+\.[0-9]+")
_THOUSANDS: Final = re.compile(r"[-+]?[0-9]{1,3},[0-9]{3}")


class Column(msgspec.Struct, frozen=True):
    """A column: its title, its values without the missing ones, the distinct values, and its words for missing."""

    title: str
    values: list[str]
    distinct: dict[str, None]
    missing: frozenset[str]


class Chosen(msgspec.Struct, frozen=True):
    """The column of a field; `by_title` unless only its values suggest it. `fit` is the share of right values."""

    column: Column
    by_title: bool
    fit: float


def column(title: str, cells: Sequence[str]) -> Column:
    """The column of these cells."""
    stripped = [cell.strip() for cell in cells]
    values = [cell for cell in stripped if cell and not may_mean_missing(cell)]
    distinct = dict.fromkeys(list(dict.fromkeys(values))[:MOST_DISTINCT])
    return Column(title, values, distinct, frozenset(filter(may_mean_missing, stripped)))


def decimal_sign(column: Column) -> tuple[str, bool]:
    """The decimal sign of a column's numbers, and whether they prove it."""
    commas = [value for value in column.distinct if _COMMA.fullmatch(value)]
    points = [value for value in column.distinct if _POINT.fullmatch(value)]
    if len(commas) <= len(points):
        return ".", not commas
    return ",", not points and not all(map(_THOUSANDS.fullmatch, commas))


def fit(field: str, column: Column, decimal: str = ".") -> float:
    """The share of the column's distinct values that are valid for the field."""
    if not column.distinct:
        return 0.0
    if field == "InvoiceDate":
        found = date_form(column.distinct)
        return found.read / len(column.distinct) if found else 0.0
    return 1 - len(unfit(field, column, decimal)) / len(column.distinct)


def unfit(field: str, column: Column, decimal: str = ".") -> list[str]:
    """The distinct values of the column that are invalid for the field; not for InvoiceDate, which has many forms."""
    return [value for value in column.distinct if field_error(field, _number(field, value, decimal))]


def _number(field: str, value: str, decimal: str) -> str:
    if decimal != "," or field not in ("UnitPrice", "Quantity"):
        return value
    return value.translate({ord("."): " " if field == "UnitPrice" else None, ord(","): "."})


def chosen(columns: Sequence[Column]) -> dict[str, Chosen]:
    """The column of each field for which one is found: by its title, best names first, else by its values."""
    found: dict[str, Chosen] = {}
    named = []
    for field in FIELDS:
        for at, it in enumerate(columns):
            if (its_rank := rank(field, it.title)) is not None:
                share = fit(field, it, decimal_sign(it)[0])
                named.append(((bool(it.distinct) and share < 0.5, its_rank, FIELDS.index(field), at), field, it, share))
    taken: list[str] = []
    for _, field, it, share in sorted(named, key=lambda candidate: candidate[0]):
        if field not in found and it.title not in taken:
            found[field] = Chosen(it, True, share)
            taken.append(it.title)
    for field, shape in _SHAPES.items():
        if field in found:
            continue
        free = [it for it in columns if it.title not in taken and it.distinct and not is_of_another(it.title)]
        scored = [(shape(it), it) for it in free]
        if best := max((it for it in scored if it[0] > 0), key=lambda candidate: candidate[0], default=None):
            found[field] = Chosen(best[1], False, fit(field, best[1], decimal_sign(best[1])[0]))
            taken.append(best[1].title)
    return found


def _repeats(column: Column) -> float:
    """The share of rows that have the value of the row before."""
    return sum(one == other for one, other in pairwise(column.values)) / max(1, len(column.values) - 1)


def _is_fit(field: str, column: Column) -> bool:
    return fit(field, column, decimal_sign(column)[0]) > 0.9


def _like_a_date(column: Column) -> float:
    return fit("InvoiceDate", column) if _is_fit("InvoiceDate", column) else 0.0


def _like_a_price(column: Column) -> float:
    decimals = sum(bool(_COMMA.fullmatch(value) or _POINT.fullmatch(value)) for value in column.distinct)
    return decimals / len(column.distinct) if _is_fit("UnitPrice", column) else 0.0


def _like_a_quantity(column: Column) -> float:
    if not _is_fit("Quantity", column):
        return 0.0
    return 1 / (1 + median(abs(float(value)) for value in column.distinct if field_error("Quantity", value) is None))


def _like_a_description(column: Column) -> float:
    blanks = sum(" " in value for value in column.distinct) / len(column.distinct)
    return blanks * len(column.distinct) if blanks > 0.5 and _is_fit("Description", column) else 0.0


def _like_a_country(column: Column) -> float:
    letters = sum(bool(re.fullmatch(r"[^\W\d_][^\d_]*", value)) for value in column.distinct) == len(column.distinct)
    few = len(column.distinct) <= max(1, min(60, len(column.values) // 2))
    return 1 / len(column.distinct) if letters and few else 0.0


def _like_an_invoice(column: Column) -> float:
    long = median(map(len, column.distinct)) >= 4
    grouped = 1 if _repeats(column) > 0.2 else 0.01  # the rows of an invoice follow each other
    return len(column.distinct) * grouped if long and _is_fit("InvoiceNo", column) else 0.0


def _like_a_customer(column: Column) -> float:
    long = median(map(len, column.distinct)) >= 3
    return 0.01 + _repeats(column) if long and _is_fit("CustomerID", column) else 0.0


def _like_a_code(column: Column) -> float:
    blanks = any(" " in value for value in column.distinct)
    return 0.0 if blanks or not _is_fit("StockCode", column) else float(len(column.distinct))


_SHAPES: Final[dict[str, Callable[[Column], float]]] = {
    "InvoiceDate": _like_a_date,
    "UnitPrice": _like_a_price,
    "Description": _like_a_description,
    "InvoiceNo": _like_an_invoice,
    "CustomerID": _like_a_customer,
    "Quantity": _like_a_quantity,
    "StockCode": _like_a_code,
    "Country": _like_a_country,
}
"""How much a column's values look like each field's, above 0 where they may be; the surest field first."""
