"""The ids by which a log names a row that was refused. Pure.

A log holds no customer's value, and of a refused row nothing is known to be what it should be: only what has the form
of an id is taken for one.
"""

from collections.abc import Mapping
from typing import Any

from commerce import wire
from commerce.errors import InvalidRow, UnreadableDocument
from commerce.lines import claimed_id, invoice_no


def row_ids(fields: object) -> dict[str, Any]:
    """The `invoice` and the `line` that a row says it is of, as far as they have the form of ids.

    >>> row_ids({"InvoiceNo": 536365, "LineId": "Mary Smith", "Country": "France"})
    {'invoice': '536365'}
    """
    if isinstance(fields, wire.Sent):
        return {"invoice": fields.line.InvoiceNo, "line": fields.line.LineId}
    if not isinstance(fields, Mapping):
        return {}
    found = {}
    for name, field, parse in (("invoice", "InvoiceNo", invoice_no), ("line", "LineId", claimed_id)):
        try:
            if (id := parse(fields.get(field))) is not None:
                found[name] = id
        except InvalidRow:
            continue
    return found


def message_ids(value: bytes | None) -> dict[str, Any]:
    """The same of a message's value; empty where it is not a JSON object."""
    try:
        return row_ids(wire.parse(value)) if value is not None else {}
    except UnreadableDocument:
        return {}
