"""A column map: which columns and constants of a file are the fields of an order line. Written in TOML.

    date = "%d.%m.%Y %H:%M"      # how InvoiceDate is written, in strptime's words
    decimal = ","                # the decimal sign: a point groups thousands then, as in 1.000, and stands in no price
    delimiter = ";"              # else found in the header
    missing = ["NA", "NULL"]     # words for a missing value, in a cell of any field

    [columns]                    # a field, and the title of its column
    InvoiceNo = "Order"
    CustomerID = "Customer ID"

    [values]                     # a field that no column holds, and its value in every row
    Country = "France"

Every key may be left out; a field that is not named has a column of its own name.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import msgspec

from commerce.errors import FieldError, InvalidMap, InvalidRow, shown
from commerce.files.decimal_comma import with_points
from commerce.files.doubtful_cells import doubts
from commerce.files.records import DELIMITERS
from commerce.lines import FIELDS, OrderRow, field_error, order_row

_KEYS: Final = ("date", "decimal", "delimiter", "missing", "columns", "values")
_NO_TIME_OF_OURS: Final = re.compile("%[zZfcxX]")
_SIDE_BY_SIDE: Final = re.compile("%[dmyYjHIMS]%[dmyYjHIMS]")
_ANY_DATE: Final = "2010-12-01 08:26:00"


class ColumnMap(msgspec.Struct, frozen=True):
    """The content of a map. `titles` holds the title of each field's column, `values` the fields that are constant.

    Where no `decimal` sign is said, it is a point. A cell that is one of the words in `missing`, outer blanks apart, is
    an empty one. `digest` distinguishes maps; it is empty for the form that needs no map.
    """

    titles: dict[str, str]
    values: dict[str, Any] = {}
    date: str | None = None
    decimal: str | None = None
    delimiter: str | None = None
    missing: frozenset[str] = frozenset()
    digest: str = ""

    @property
    def converts(self) -> bool:
        """Whether the map changes cells before they become fields."""
        return bool(self.values or self.date or self.missing or self.decimal == ",")

    def row(self, fields: Mapping[str, str]) -> OrderRow:
        """The row of these cells, by field. Raises `InvalidRow` as `order_row` does, for the date's form too."""
        if self.missing:
            fields = {name: "" if cell.strip(" ") in self.missing else cell for name, cell in fields.items()}
        read: dict[str, object] = {**fields, **self.values}
        wrong: list[FieldError] = []
        if self.date is not None and "InvoiceDate" in fields:
            when = _moment(fields["InvoiceDate"].strip(" "), self.date)
            if when is None:
                rule = f"must be a date and time that exists, written as the map says: {self.date}"
                value = fields["InvoiceDate"]
                wrong.append(FieldError("InvoiceDate", shown(value) if value else "missing", rule))
            read["InvoiceDate"] = when or _ANY_DATE
        if self.decimal == ",":
            numbers, unclear = with_points(fields)
            read |= numbers
            wrong += unclear
        try:
            row = order_row(read)
        except InvalidRow as invalid:
            raise InvalidRow(_in_order([*invalid.errors, *wrong], fields)) from None
        if wrong:
            raise InvalidRow(_in_order(wrong, fields))
        return row


PLAIN: Final = ColumnMap({field: field for field in FIELDS})
"""The map of a file whose columns have the names of the fields."""


def column_map(name: str, text: bytes) -> ColumnMap:
    """The map in this TOML. Raises `InvalidMap` naming the file, the key and the reason."""
    try:
        said = tomllib.loads(text.decode(), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidMap(f"{name} is not TOML: {error}") from None
    if unknown := [key for key in said if key not in _KEYS]:
        hint = "; does it belong under [columns] or [values]?" if unknown[0] in FIELDS else ""
        raise InvalidMap(f"{name}: {unknown[0]}: is not a key of a map, which has {', '.join(_KEYS)}{hint}")
    columns, values = _table(name, said, "columns"), _table(name, said, "values")
    for field, title in columns.items():
        if not isinstance(title, str) or not title.strip():
            raise InvalidMap(f"{name}: columns.{field}: must be the title of a column, not {shown(title)}")
        if field in values:
            raise InvalidMap(f"{name}: values.{field}: the field has a column by columns.{field}, so no constant value")
    decimal = _one_of(name, said, "decimal", (".", ","))
    return ColumnMap(
        titles={field: columns.get(field, field).strip() for field in FIELDS if field not in values},
        values={field: _value(name, field, value, decimal) for field, value in values.items()},
        date=_date(name, said, values),
        decimal=decimal,
        delimiter=_one_of(name, said, "delimiter", DELIMITERS),
        missing=_missing(name, said),
        digest=sha256(text).hexdigest(),
    )


def _table(name: str, said: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = said.get(key, {})
    if not isinstance(table, dict):
        raise InvalidMap(f"{name}: {key}: must be a table: [{key}]")
    if unknown := [field for field in table if field not in FIELDS]:
        raise InvalidMap(f"{name}: {key}.{unknown[0]}: is not a field of an order line, which has {', '.join(FIELDS)}")
    return table


def _value(name: str, field: str, value: Any, decimal: str | None) -> Any:
    """The constant as a row carries it, valid by the rules of cells if it is a string, and by the field's."""
    constant = value.isoformat() if isinstance(value, datetime) else value
    errors: list[FieldError] = []
    if isinstance(value, str):
        errors = doubts({field: value}, decimal)
        if decimal == "," and not errors:
            numbers, errors = with_points({field: value})
            constant = numbers.get(field, value)
    if error := next(iter(errors), None) or field_error(field, constant):
        raise InvalidMap(f"{name}: values.{field}: {error.value} {error.rule}")
    return constant


def quoted(text: str) -> str:
    """The text as a string of TOML, which is one of JSON but for U+007F.

    >>> quoted("N° \\"A\\"")
    '"N° \\\\"A\\\\""'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _date(name: str, said: Mapping[str, Any], values: Mapping[str, Any]) -> str | None:
    form = said.get("date")
    if form is None:
        return None
    if "InvoiceDate" in values:
        raise InvalidMap(f"{name}: date: InvoiceDate has a constant value, so no form")
    if not isinstance(form, str) or not form.strip():
        raise InvalidMap(f"{name}: date: must be a form such as '%d.%m.%Y %H:%M', not {shown(form)}")
    if not_ours := _NO_TIME_OF_OURS.search(form):
        raise InvalidMap(f"{name}: date: {not_ours[0]} is a zone, a fraction or a form of this machine's language")
    sample = datetime(2010, 12, 31, 23, 59)
    try:
        read = datetime.strptime(sample.strftime(form), form)
    except (ValueError, re.error) as error:
        raise InvalidMap(f"{name}: date: {shown(form)} is not a form of a date: {error}") from None
    if read.date() != sample.date():
        raise InvalidMap(f"{name}: date: {shown(form)} has no year, month and day")
    if ("%I" in form) != ("%p" in form):
        raise InvalidMap(f"{name}: date: %I, an hour of 12, and %p need each other in a form: an hour of 24 is %H")
    return form


def _missing(name: str, said: Mapping[str, Any]) -> frozenset[str]:
    words = said.get("missing", [])
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip(" ") for word in words):
        raise InvalidMap(f'{name}: missing: must be a list of words such as ["NA", "NULL"], not {shown(words)}')
    return frozenset(word.strip(" ") for word in words)


def _one_of(name: str, said: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str | None:
    chosen = said.get(key)
    if chosen is not None and chosen not in choices:
        raise InvalidMap(f"{name}: {key}: must be one of {', '.join(map(repr, choices))}, not {shown(chosen)}")
    return chosen


@lru_cache(maxsize=16_384)
def _moment(text: str, form: str) -> str | None:
    """The date and time in the platform's form; None if the text does not have the map's form."""
    try:
        found = datetime.strptime(text, form)
    except ValueError:
        return None
    # 1122010 by %d%m%Y may be 1 December and 11 February: numbers side by side have all their digits
    if _SIDE_BY_SIDE.search(form) and found.strftime(form).casefold() != text.casefold():
        return None
    return found.isoformat()


def _in_order(errors: list[FieldError], fields: Mapping[str, str]) -> list[FieldError]:
    """The errors in the order of the fields, a price with its value in the file."""
    found = [
        replace(error, value=shown(fields["UnitPrice"]))
        if error.field == "UnitPrice" and fields.get("UnitPrice")
        else error
        for error in errors
    ]
    return sorted(found, key=lambda error: FIELDS.index(error.field))
