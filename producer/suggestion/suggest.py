"""A column map for a file, as ready-to-use TOML with a comment at every unsure entry.

A bounded beginning of the file is looked at, whatever its size, and the map says how many rows that was.
"""

import io
import json
from collections.abc import Sequence
from typing import BinaryIO, Final

import msgspec

from commerce.errors import UnreadableDocument, shown
from commerce.files.column_maps import ColumnMap, column_map, quoted
from commerce.files.documents import Entry, order_lines
from commerce.lines import FIELDS, FIRST_FIELDS
from console.counts import counted, counted_of
from producer.missing_words import is_common_in_texts
from producer.suggestion.columns import Chosen, Column, chosen, decimal_sign, unfit
from producer.suggestion.dates import date_form
from producer.suggestion.table import ROWS_LOOKED_AT, Table, beginning

_CONSTANTS: Final = {"Description": "", "CustomerID": "", "Country": "Unspecified", "Quantity": 1}
"""The constants suggested for fields without a column; the other fields must have one."""


class Suggestion(msgspec.Struct, frozen=True):
    """The text of a map. `lacking` are fields without a column; the map would refuse `refused` of the `rows`."""

    text: str
    lacking: list[str]
    rows: int
    refused: int


def suggestion(name: str, document: BinaryIO) -> Suggestion:
    """Suggest the map that the file needs. Raises `UnreadableDocument` if its rows cannot be found."""
    inner, table = beginning(name, document)
    return _suggested(inner, table)


def _suggested(name: str, table: Table) -> Suggestion:
    fields = chosen(table.columns)
    lacking = [field for field in FIRST_FIELDS if field not in fields and field not in _CONSTANTS]
    of_table, notes = _of_values(fields)
    notes += [f"column {shown(title)} stands twice, so no field can have it" for title in table.repeated]
    body = "\n".join(of_table + _columns(fields, lacking) + _values(fields))
    if lacking:
        return Suggestion(_text(name, table, notes, body, ""), lacking, table.rows, 0)
    body, entries = _tried(name, table, body)
    refused = [entry for entry in entries if entry.line is None]
    return Suggestion(_text(name, table, notes, body, _refusals(entries, refused)), [], len(entries), len(refused))


def _of_values(fields: dict[str, Chosen]) -> tuple[list[str], list[str]]:
    """The lines of the map that the values of the columns need, and remarks on the unsure ones."""
    keys, notes = [], []
    if date := fields.get("InvoiceDate"):
        found = date_form(date.column.distinct)
        if found is None:
            notes.append(f"the form of dates such as {_example(date.column)} is not known: date = '…' may be needed")
        else:
            if found.form:
                keys.append(f"date = {quoted(found.form)}")
            if found.other:
                notes.append(f"no row looked at proves that date = {quoted(found.other)} is not meant")
            if found.unread:
                notes.append(f"{shown(found.unread)} in {shown(date.column.title)} is written in another form")
            if found.zone:
                notes.append("the zone of the dates is left out: they stay the times that are written")
    if price := fields.get("UnitPrice"):
        sign, proved = decimal_sign(price.column)
        if sign == ",":
            keys.append('decimal = ","')
        if not proved:
            notes.append(f"the rows looked at do not prove the decimal sign of {shown(price.column.title)}")
    words = {field: it.column.missing for field, it in fields.items() if it.column.missing}
    missing = sorted({word for field, its in words.items() for word in its if _means_missing(word, field)})
    if missing:
        keys.append(f"missing = [{', '.join(map(quoted, missing))}]")
    for field in ("StockCode", "Description", "Country"):
        for word in sorted(words.get(field, ())):
            what = "may be a value" if word in missing else "may mean missing"
            notes.append(f"{shown(word)} in {shown(fields[field].column.title)} {what}")
    return keys, notes


def _means_missing(word: str, field: str) -> bool:
    """Whether a word that may mean missing does so in this field: NA is also a country's code, and ? may be a text."""
    return field != "Country" and not (field in ("StockCode", "Description") and is_common_in_texts(word))


def _columns(fields: dict[str, Chosen], lacking: Sequence[str]) -> list[str]:
    lines = ["", "[columns]"]
    for field in FIELDS:
        if it := fields.get(field):
            lines.append(f"{field} = {quoted(it.column.title)}{_doubt(field, it)}")
        elif field in lacking:
            lines.append(f'# {field} = "…"  # unsure: no column looks like it; the map is not complete without one')
    return lines


def _doubt(field: str, it: Chosen) -> str:
    reasons = [] if it.by_title else ["by its values alone"]
    if it.column.distinct and it.fit < 0.9:
        wrong = [] if field == "InvoiceDate" else unfit(field, it.column, decimal_sign(it.column)[0])
        such = f", such as {shown(wrong[0])}" if wrong else ""
        unfit_rows, rows = _unfit_rows(field, it.column, wrong)
        reasons.append(f"{unfit_rows:,} of {rows:,} values are not a valid {field}{such}")
    return f"  # unsure: {'; '.join(reasons)}" if reasons else ""


def _unfit_rows(field: str, column: Column, wrong: Sequence[str]) -> tuple[int, int]:
    """The number of rows whose value is invalid for the field, and of those that were examined.

    `wrong` are the distinct values that are invalid; those of a date are found by its form.
    """
    examined = [value for value in column.values if value in column.distinct]
    if field == "InvoiceDate":
        found = date_form(examined)
        return len(examined) - (found.read if found else 0), len(examined)
    distinct = set(wrong)
    return sum(value in distinct for value in examined), len(examined)


def _values(fields: dict[str, Chosen]) -> list[str]:
    constants = {field: value for field, value in _CONSTANTS.items() if field not in fields}
    lines = [
        f"{field} = {json.dumps(value)}" + (f"  # unsure: no column looks like {field}" if value else "")
        for field, value in constants.items()
    ]
    return ["", "[values]", *lines] if lines else []


def _tried(name: str, table: Table, body: str) -> tuple[str, list[Entry]]:
    """The map, with a delimiter if it needs one, and the sample rows as the map reads them."""
    with_delimiter = f"delimiter = {quoted(table.delimiter)}\n{body}"
    best = _read(name, table, column_map(name, body.encode()))
    other = _read(name, table, column_map(name, with_delimiter.encode()))
    if sum(entry.line is not None for entry in best) < sum(entry.line is not None for entry in other):
        return with_delimiter, other
    return body, best


def _read(name: str, table: Table, form: ColumnMap) -> list[Entry]:
    found: list[Entry] = []
    try:
        for entry in order_lines(name, io.BytesIO(table.body), form):
            found.append(entry)
            if len(found) == ROWS_LOOKED_AT:
                break
    except UnreadableDocument:  # such as a record that the end of what is looked at cuts
        pass
    return found


def _refusals(entries: Sequence[Entry], refused: Sequence[Entry]) -> str:
    if not entries:
        return "no row could be read by it"
    if not refused:
        return ""
    first = refused[0]
    reasons = "; ".join(map(str, first.errors))
    count = counted_of(len(refused), len(entries), "row")
    return f"{count} would be refused, as line {first.line_number}: {reasons}"


def _text(name: str, table: Table, notes: Sequence[str], body: str, refusals: str) -> str:
    looked = f"{'all' if table.whole else 'the first'} {counted(table.rows, 'row')}"
    unsure = [f"# unsure: {' '.join(note.split())}" for note in [*notes, *([refusals] if refusals else [])]]
    head = f"# A column map for {' '.join(name.split())}, suggested by its titles and {looked}."
    return "\n".join([head, *unsure, *([] if body.startswith("\n") else [""]), body]) + "\n"


def _example(column: Column) -> str:
    return shown(next(iter(column.distinct), ""))
