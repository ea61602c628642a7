"""An order line as compact JSON and back, as it is in requests, Kafka and raw files."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from commerce.errors import FieldError, InvalidRow, UnreadableDocument, shown
from commerce.identity import claimed_line
from commerce.lines import OrderLine, posted_row
from commerce.repeated_names import marked

SCHEMA: Final = 1
"""The version of the JSON form; one byte, in the Kafka header `schema`."""

SCHEMA_HEADER: Final = "schema"

REPLACEMENT: Final = "\ufffd".encode()
"""The decoder's character for bytes that are not UTF-8. Our own JSON escapes it, so a raw one proves such bytes."""

# number: a price is a JSON number and still never passes through binary float
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
# float_hook: a number with a point keeps the digits that were written
_decoder: Final = msgspec.json.Decoder(float_hook=Decimal)


def encode(line: OrderLine) -> bytes:
    """The line as one JSON object: the eight fields in their order, then Occurrence and LineId."""
    return _escaped(_encode(line))


def encode_all(lines: Iterable[OrderLine]) -> bytes:
    """The lines as one JSON array, the body of a request."""
    return b"[" + b",".join(map(encode, lines)) + b"]"


def encode_answer(answer: object) -> bytes:
    """Any answer of the API as compact JSON, with exact numbers."""
    return _escaped(_encode(answer))


def _escaped(text: bytes) -> bytes:
    # most lines are ASCII, which is seen in a tenth of the time of a search
    return text if text.isascii() else text.replace(REPLACEMENT, b"\\ufffd")


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


def decode(value: bytes) -> OrderLine:
    """The line in a message, checked whole: every field, and that its LineId follows from them.

    Raises `InvalidRow` for anything else.
    """
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
