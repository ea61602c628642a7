"""The body of a request parsed into messages to publish and a result for each row."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from commerce.copies import Copies
from commerce.errors import FieldError, InvalidRow, shown
from commerce.identity import claimed_line
from commerce.json_text import REPLACEMENT
from commerce.keys import message_key
from commerce.lines import OrderLine, OrderRow, posted_row
from commerce.row_ids import row_ids
from commerce.wire import Sent, encode, parse_rows, sent_lines
from lambdas.http import BadRequest, TooLarge
from lambdas.ingest.answers import Accepted, Result, refused

MOST_BYTES: Final = 1_000_000
MOST_ROWS: Final = 5_000
MOST_NAMED: Final = 20
"""Refused rows of a request that the log names at most."""

_GZIP: Final = (b"\x1f\x8b", b"\x1f" + REPLACEMENT)
"""The first bytes of a gzip, and API Gateway's text for them, since they are not UTF-8."""


class Plan(msgspec.Struct, frozen=True, gc=False):
    """The messages to publish, and the results if all of them are acknowledged.

    `messages` are keys and values in the order of the rows; `positions` tells each message's row among `results`.
    `refused` names the first of the refused rows for the log: index, invoice, line and wrong fields.
    """

    messages: Sequence[tuple[bytes, bytes]]
    positions: Sequence[int]
    results: Sequence[Result]
    refused: Sequence[Mapping[str, object]] = ()


def posted_rows(body: bytes, *, alone: bool) -> list[object]:
    """The rows in a body: an array of them or, if `alone` allows it, a single one.

    Raises `UnreadableDocument` if the body is not JSON, `BadRequest` where it holds no rows or lost bytes on its way,
    `TooLarge`.
    """
    if len(body) > MOST_BYTES:
        raise TooLarge(f"the body has {len(body):,} bytes, and at most {MOST_BYTES:,} are taken")
    if body.startswith(_GZIP):
        raise BadRequest("the body is packed by gzip: send the JSON itself, without Content-Encoding")
    if not body.isascii() and (at := body.find(REPLACEMENT)) >= 0:
        # API Gateway puts it for bytes that are no UTF-8: the text that was sent is lost, here and for good
        raise BadRequest(
            f"the body is not UTF-8: byte {at:,} came as U+FFFD, which is written \\ufffd where it is meant"
        )
    rows: object = sent_lines(body) or parse_rows(body)
    if alone and isinstance(rows, dict):
        return [rows]
    if not isinstance(rows, list):
        raise BadRequest(
            "the body must be one row or an array of rows" if alone else "the body must be an array of rows"
        )
    if not rows:
        raise BadRequest("the body is an array without rows")
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"the body has {len(rows):,} rows, and at most {MOST_ROWS:,} are taken")
    return rows


def plan(rows: Sequence[object], invoice_no: str | None = None) -> Plan:
    """The plan for the rows, each judged alone: a message to publish, or the errors that refuse it for good.

    Where rows carry no Occurrence, their copies are counted over the request; a row of another invoice than
    `invoice_no`, if one is given, is refused. Raises `BadRequest` where some rows carry Occurrence and others do not.
    """
    _all_or_none_carry_occurrence(rows)
    messages: list[tuple[bytes, bytes]] = []
    positions: list[int] = []
    results: list[Result] = []
    named: list[Mapping[str, object]] = []
    seen: dict[str, int] = {}
    with Copies() as copies:
        for index, row in enumerate(rows):
            try:
                line = _line(row, invoice_no, copies)
                if seen.setdefault(line.LineId, index) != index:
                    raise InvalidRow([_repeated(line, seen[line.LineId])])
            except InvalidRow as invalid:
                results.append(refused(index, invalid))
                if len(named) < MOST_NAMED:
                    fields = sorted({error.known_field for error in invalid.errors})
                    named.append({"index": index, **row_ids(row), "fields": fields})
                continue
            messages.append((message_key(line), row.value if isinstance(row, Sent) else encode(line)))
            positions.append(index)
            results.append(Accepted(index, line.LineId, line.Occurrence))
    return Plan(messages, positions, results, named)


def _all_or_none_carry_occurrence(rows: Sequence[object]) -> None:
    carried = {row.get("Occurrence") is not None for row in rows if isinstance(row, dict)}
    if len(carried) == 2:
        raise BadRequest("some rows carry Occurrence and others do not: either all must, or none")


def _line(row: object, invoice_no: str | None, copies: Copies) -> OrderLine:
    """The line of a row: the copy that it says it is, else the copy that `copies` counts. Raises `InvalidRow`."""
    if isinstance(row, Sent):
        _check_invoice(row.line, invoice_no)
        return row.line
    if not isinstance(row, dict):
        raise InvalidRow([FieldError("row", shown(row), "must be an object with an order line's fields")])
    posted = posted_row(row)
    _check_invoice(posted.row, invoice_no)
    if posted.occurrence is not None:
        return claimed_line(posted, posted.occurrence)
    line = copies.line(posted.row)
    return line if posted.line_id is None else claimed_line(posted, line.Occurrence)


def _check_invoice(row: OrderRow, invoice_no: str | None) -> None:
    if invoice_no is not None and row.InvoiceNo != invoice_no:
        raise InvalidRow(
            [FieldError("InvoiceNo", shown(row.InvoiceNo), f"must be {invoice_no}, the invoice that is put")]
        )


def _repeated(line: OrderLine, first: int) -> FieldError:
    return FieldError("LineId", line.LineId, f"is in this request already, in the row with index {first}")
