"""A quarantined record as JSON: what the operator's command and the API say of it."""

from typing import Any

import msgspec

from commerce.errors import FieldError
from commerce.quarantined.decisions import Decision, State
from commerce.quarantined.records import Kind, Record


class QuarantinedRecord(msgspec.Struct, frozen=True):
    """A record in quarantine with the reasons, and the decision about it.

    `fields` are its fields where names are known, `cells` those of a row of a file, `payload` is that of a message,
    with U+FFFD for what is not UTF-8: its object holds the bytes.
    """

    id: str
    kind: Kind
    state: State
    place: str
    time: str
    consumer: str
    partition: int | None
    invoice: str | None
    reasons: tuple[FieldError, ...]
    fields: dict[str, Any] | None
    cells: tuple[str, ...] | None
    payload: str | None
    decision: Decision | None


def answer(record: Record, state: State, made: Decision | None = None) -> QuarantinedRecord:
    """The record as it is answered."""
    return QuarantinedRecord(
        id=record.id,
        kind=record.kind,
        state=state,
        place=record.place,
        time=record.when.isoformat(),
        consumer=record.consumer,
        partition=record.partition,
        invoice=record.invoice,
        reasons=record.reasons,
        fields=record.fields,
        cells=record.cells,
        payload=None if record.payload is None else record.payload.decode("utf-8", "replace"),
        decision=made,
    )
