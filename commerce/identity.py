"""`LineId`, the identity of a line: a pure function of the row and of the number of its copy.

The data has no natural key, and exact copies of a row are real lines. So a line is its content plus `Occurrence`;
streaming, batch, a second posting and another machine all compute the same id (docs/adr/0001-line-identity.md).
"""

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from commerce.errors import FieldError, InvalidRow, shown
from commerce.lines import ADDED, AddedFields, OrderLine, OrderRow, PostedRow, thousandths

_encode: Final = msgspec.json.Encoder().encode
_ADDED: Final = sorted(ADDED, key=str.encode)


def canonical(row: OrderRow, occurrence: int) -> bytes:
    """The canonical form of this copy of the row: a compact UTF-8 JSON array of the first eight fields and Occurrence.

    Amounts are in thousandths. If the row has added fields, an object of them is the last element.
    """
    first = _encode(
        (
            row.InvoiceNo,
            row.StockCode,
            row.Description,
            row.Quantity,
            row.InvoiceDate,
            thousandths(row.UnitPrice),
            row.CustomerID,
            row.Country,
        )
    )
    return b"%b,%d%b]" % (first[:-1], occurrence, added_element(row))


def added_element(row: AddedFields) -> bytes:
    """The last element of the canonical form, with the comma before it; empty where no added field has a value.

    It is an object of the fields that have one, in the order of their names' bytes.
    """
    if not _ADDED:
        return b""
    given = {name: _canonical_value(value) for name in _ADDED if (value := getattr(row, name)) is not None}
    return b"," + _encode(given) if given else b""


def _canonical_value(value: object) -> object:
    return thousandths(value) if isinstance(value, Decimal) else value


def line_id(row: OrderRow, occurrence: int) -> str:
    """The first 32 hex digits of SHA-256 over the canonical form."""
    return hashlib.sha256(canonical(row, occurrence)).hexdigest()[:32]


def order_line(row: OrderRow, occurrence: int) -> OrderLine:
    """The line of this row and copy."""
    return with_id(row, occurrence, line_id(row, occurrence))


def with_id(row: OrderRow, occurrence: int, identifier: str) -> OrderLine:
    """The line of this row, copy and id; the id must be the one that follows from both."""
    fields: dict[str, Any] = msgspec.structs.asdict(row)  # of a line too, whose copy and id are replaced
    return OrderLine(**fields | {"Occurrence": occurrence, "LineId": identifier})


def claimed_line(posted: PostedRow, occurrence: int) -> OrderLine:
    """The line of a posted row and copy; raises `InvalidRow` if the sender's LineId is another."""
    line = order_line(posted.row, occurrence)
    if posted.line_id is not None and posted.line_id != line.LineId:
        raise InvalidRow(
            [
                FieldError(
                    "LineId",
                    posted.line_id,
                    f"must be {line.LineId}, which follows from the fields and Occurrence {occurrence}",
                )
            ]
        )
    return line


def claim_errors(line: OrderLine, claims: Mapping[str, str]) -> tuple[FieldError, ...]:
    """The errors in a record's claims about this line; an empty claim claims nothing.

    >>> from commerce.lines import order_row
    >>> row = order_row({"InvoiceNo": 1, "StockCode": "A", "Quantity": 1, "InvoiceDate": "12/1/2010 8:26",
    ...                  "UnitPrice": 1, "Country": "France"})
    >>> print(*claim_errors(order_line(row, 1), {"Occurrence": "2.0", "LineId": ""}))
    Occurrence '2.0': must be 1: copies are counted in the order of the document
    """
    wrong = []
    occurrence, identifier = claims.get("Occurrence"), claims.get("LineId")
    if occurrence and not re.fullmatch(rf"0*{line.Occurrence}(\.0+)?", occurrence):
        rule = f"must be {line.Occurrence}: copies are counted in the order of the document"
        wrong.append(FieldError("Occurrence", shown(occurrence), rule))
    if identifier and identifier != line.LineId:
        rule = f"must be {line.LineId}, which follows from the fields and Occurrence {line.Occurrence}"
        wrong.append(FieldError("LineId", shown(identifier), rule))
    return tuple(wrong)
