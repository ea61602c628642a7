"""An order line as compact JSON and back, as it is in requests, Kafka and raw files."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from commerce.errors import FieldError, InvalidRow, UnreadableDocument, shown
from commerce.fragments import Added, Fragments, Memory, Remembered, extended
from commerce.identity import claimed_line
from commerce.json_text import json_text
from commerce.lines import ADDED, CLAIMS, FIRST_FIELDS, OrderLine, posted_row
from commerce.repeated_names import marked

SCHEMA: Final = 1 + len(ADDED)
"""The version of the JSON form, by the number of added fields; one byte, in the Kafka header `schema`.

It says which version wrote a message. Every version is read: a message is judged by its fields alone.
"""

SCHEMA_HEADER: Final = "schema"

# float_hook: a number with a point keeps the digits that were written
_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)

_memory: Final = Memory()
_heads, _products, _quantities = _memory.heads, _memory.products, _memory.quantities
_added: Final = _memory.added
_occurrences: Final = Remembered[int]()

_PIECES: Final = len(FIRST_FIELDS) + len(CLAIMS)
"""The number of pieces, one a field, into which a comma before a quote divides a line without added fields."""


def encode(line: OrderLine) -> bytes:
    """The line as one JSON object: the first eight fields in their order, Occurrence, LineId, and its added fields."""
    return json_text(line)


def encode_all(lines: Iterable[OrderLine]) -> bytes:
    """The lines as one JSON array, the body of a request."""
    return b"[" + b",".join(map(encode, lines)) + b"]"


def encode_answer(answer: object) -> bytes:
    """Any answer of the API as compact JSON, with exact numbers."""
    return json_text(answer)


def parse(text: bytes | str) -> Any:
    """The JSON value in the text, with exact numbers; raises `UnreadableDocument` with the error and its place."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise UnreadableDocument(f"not JSON: {error}") from None


def parse_rows(text: bytes) -> Any:
    """The rows in the text as `parse` returns them, but rows that name a field twice become `RepeatedNames`."""
    value = parse(text)
    try:
        return marked(text, value)
    except (ValueError, RecursionError) as error:  # read a little less deep than the value was
        raise UnreadableDocument(f"not JSON: {error}") from None


class Sent(msgspec.Struct, frozen=True, gc=False):
    """A line and its wire form, just as it was sent."""

    line: OrderLine
    value: bytes


def decode(value: bytes) -> OrderLine:
    """The line in a message, checked whole: every field, and that its LineId follows from them.

    Raises `InvalidRow` for anything else.
    """
    line = _recognised(value)
    if line is None:
        line = _read(value)
        _remember(line, value)
    return line


def sent_lines(body: bytes) -> list[Sent] | None:
    """The lines of a body that is, byte for byte, what `encode_all` makes of them, each checked as `decode` does.

    None for any other body: `parse_rows` tells what that holds.
    """
    if not body.startswith(b'[{"') or not body.endswith(b"}]"):
        return None
    found = []
    for inner in body[2:-2].split(b"},{"):
        value = b"{%b}" % inner
        line = _recognised(value)
        if line is None:
            try:
                line = _read(value)
            except InvalidRow:
                return None
            if not _remember(line, value):
                return None
        found.append(Sent(line, value))
    return found


def _recognised(value: bytes) -> OrderLine | None:
    """The line of a value that is made of fragments seen before, each in its place, and of the LineId that follows.

    None for any other value. Such a value is, byte for byte, what `encode` makes of the line, since each of its pieces
    was cut from what `encode` made of another line: between two fields, for no string of JSON holds a comma before a
    bare quote.
    """
    pieces = value.split(b',"')
    added = None
    try:
        if len(pieces) > _PIECES:
            added = _added[tuple(pieces[_PIECES:])]
            del pieces[_PIECES:]
        invoice, code, description, quantity, date, price, customer, country, copy, line_id = pieces
        row = Fragments(
            _heads[invoice, date, customer, country], _products[code, description, price], _quantities[quantity]
        )
        occurrence = _occurrences[copy]
    except (ValueError, KeyError):
        return None
    if added is not None:
        row, line_id = extended(row, added), line_id + b"}"
    identifier = row.line_id(occurrence)
    return row.line(occurrence, identifier) if line_id == f'LineId":"{identifier}"}}'.encode() else None


def _remember(line: OrderLine, value: bytes) -> bool:
    """Whether the value is what `encode` makes of the line; if so, its fragments are recognised from now on."""
    if value != encode(line):
        return False
    pieces = value.split(b',"')
    if len(pieces) == _PIECES + len(Added.of(line).values):  # else a text that ends with a comma was divided too
        *row, occurrence, _ = pieces[:_PIECES]
        known = _memory.fragments(line, row)
        if added := pieces[_PIECES:]:
            _memory.with_added(known, line, tuple(added))
        _occurrences.keep(occurrence, line.Occurrence)
    return True


def _read(value: bytes) -> OrderLine:
    """The line of a value, field by field. Raises `InvalidRow`."""
    try:
        fields = parse_rows(value)
    except UnreadableDocument as error:
        raise InvalidRow([FieldError("value", shown(value.decode("utf-8", "replace")), str(error))]) from None
    if not isinstance(fields, dict):
        raise InvalidRow([FieldError("value", shown(fields), "must be one JSON object")])
    posted = posted_row(fields)
    missing = [
        FieldError(name, "missing", "must be there in a message")
        for name, claim in (("Occurrence", posted.occurrence), ("LineId", posted.line_id))
        if claim is None
    ]
    if posted.occurrence is None or missing:
        raise InvalidRow(missing)
    return claimed_line(posted, posted.occurrence)
