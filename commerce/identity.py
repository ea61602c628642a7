"""`LineId`, the identity of a line: a pure function of the row and of the number of its copy.

The data has no natural key, and exact copies of a row are real lines. So a line is its content plus `Occurrence`;
streaming, batch, a second posting and another machine all compute the same id (docs/adr/0001-line-identity.md).
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from commerce.errors import FieldError, InvalidRow, shown
from commerce.lines import OrderLine, OrderRow, PostedRow, thousandths

_encode: Final = msgspec.json.Encoder().encode


def canonical(row: OrderRow) -> bytes:
    """The canonical form of the row: a compact UTF-8 JSON array of the eight fields, UnitPrice in thousandths."""
    return _encode(
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


def line_id(row: OrderRow, occurrence: int) -> str:
    """The first 32 hex digits of SHA-256 over the canonical form with Occurrence as its ninth element."""
    return hashlib.sha256(b"%b,%d]" % (canonical(row)[:-1], occurrence)).hexdigest()[:32]


def order_line(row: OrderRow, occurrence: int) -> OrderLine:
    """The line of this row and copy."""
    return with_id(row, occurrence, line_id(row, occurrence))


def with_id(row: OrderRow, occurrence: int, identifier: str) -> OrderLine:
    """The line of this row, copy and id; the id must be the one that follows from both."""
    return OrderLine(
        row.InvoiceNo,
        row.StockCode,
        row.Description,
        row.Quantity,
        row.InvoiceDate,
        row.UnitPrice,
        row.CustomerID,
        row.Country,
        occurrence,
        identifier,
    )


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
