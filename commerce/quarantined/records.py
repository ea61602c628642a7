"""Quarantined records of every kind as they are read, and the selection of some. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final

import msgspec

from commerce import wire
from commerce.dead_letters import MalformedDeadLetter, dead_letter
from commerce.errors import FieldError, UnreadableDocument, shown
from commerce.lines import FIELDS
from commerce.paths import DEAD_LETTERS, QUARANTINE, bulk_quarantine_source, is_stream_quarantine
from commerce.quarantine import Quarantined, RefusedRow


class Kind(StrEnum):
    """The way by which a record came."""

    STREAM = "stream"
    BULK = "bulk"
    DESTINATION = "destination"


CONSUMERS: Final = {Kind.STREAM: "order_tables", Kind.BULK: "curate", Kind.DESTINATION: "Lambda"}
"""The deployable that quarantines the records of a kind. curate quarantines messages too, by the same key."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A quarantined message of the topic, or a refused row of a dropped file.

    `id` is its key below `quarantine/`, with the number of the row where an object holds several. `fields` is what can
    be read of it by name; None where no names are known. `cells` and `file` are those of a row; `payload` is a message.
    `when` is the broker's time of a message, and the time when a file's rows were stored.
    """

    id: str
    kind: Kind
    place: str
    when: datetime
    reasons: tuple[FieldError, ...]
    fields: dict[str, Any] | None = None
    partition: int | None = None
    payload: bytes | None = None
    cells: tuple[str, ...] | None = None
    file: tuple[str, str] | None = None
    """Key and ETag of the dropped file."""
    line_number: int | None = None
    document: str = ""
    function: str = ""
    """The function on which Lambda gave up, of a message in a dead letter."""

    @property
    def consumer(self) -> str:
        """The function or job that quarantined it."""
        return self.function or CONSUMERS[self.kind]

    @property
    def invoice(self) -> str | None:
        """Its InvoiceNo as text, as far as it can be read."""
        value = (self.fields or {}).get("InvoiceNo")
        return None if value is None else str(value).strip(" ")

    @property
    def is_whole_file(self) -> bool:
        """Whether it stands for a file that could not be read: there is no row to mend."""
        return self.kind is Kind.BULK and self.line_number is None


def records_in(key: str, body: bytes, stored_at: datetime) -> Iterable[Record]:
    """The records in the quarantined object under this key, in their order."""
    if is_stream_quarantine(key):
        return [stream_record(key, body)]
    if key.startswith(DEAD_LETTERS):
        return dead_letter_records(key, body, stored_at)
    return bulk_records(key, body.splitlines(), stored_at)


def count(key: str, body: bytes) -> int:
    """The number of records in the quarantined object under this key; a dead letter that is none is one record.

    >>> count("quarantine/bulk/day.csv/00ff.jsonl", b"{}\\n{}\\n"), count("aws/lambda/x", b"?")
    (2, 1)
    """
    if is_stream_quarantine(key):
        return 1
    if not key.startswith(DEAD_LETTERS):
        return len(body.splitlines())
    try:
        return len(list(dead_letter(body).messages()))
    except MalformedDeadLetter:
        return 1


_decode_quarantined: Final = msgspec.json.Decoder(Quarantined).decode


def stream_record(key: str, body: bytes) -> Record:
    """The record in the object of a quarantined message."""
    stored = _decode_quarantined(body)
    return Record(
        id=key.removeprefix(QUARANTINE).removesuffix(".json"),
        kind=Kind.STREAM,
        place=f"{stored.Topic}, partition {stored.Partition}, offset {stored.Offset}",
        when=datetime.fromtimestamp(stored.Timestamp / 1000, UTC),
        reasons=stored.Reasons,
        fields=_object(stored.Payload),
        partition=stored.Partition,
        payload=stored.Payload,
    )


_decode_refused: Final = msgspec.json.Decoder(RefusedRow).decode


def bulk_records(key: str, lines: Iterable[bytes], stored_at: datetime, seen: int = 0) -> Iterator[Record]:
    """The records in the lines of the object of a file's refused rows, in the order of the file, behind those `seen`.

    No more lines are taken than records are asked for.
    """
    prefix = key.removeprefix(QUARANTINE).removesuffix(".jsonl")
    for number, text in islice(enumerate(lines, 1), seen, None):
        row = _decode_refused(text)
        where = row.File if row.Line is None else f"{row.File}, line {row.Line}"
        yield Record(
            id=f"{prefix}/{number}",
            kind=Kind.BULK,
            place=where,
            when=stored_at,
            reasons=row.Reasons,
            cells=row.Cells,
            file=bulk_quarantine_source(key),
            line_number=row.Line,
            document=row.File,
        )


def dead_letter_records(key: str, body: bytes, stored_at: datetime) -> Iterator[Record]:
    """The messages in a mapping's dead letter; one record without a payload for an object that is none."""
    record = f"{Kind.DESTINATION}/{key.removeprefix(DEAD_LETTERS)}"
    try:
        letter = dead_letter(body)
        messages = letter.messages()
    except MalformedDeadLetter as error:
        reason = FieldError("object", shown(key), str(error))
        yield Record(id=record, kind=Kind.DESTINATION, place=key, when=stored_at, reasons=(reason,))
        return
    function = letter.request.function_arn.rpartition(":function:")[2]
    tries = f"after {letter.request.approximate_invoke_count} invocations of {function}"
    for number, it in enumerate(messages, 1):
        yield Record(
            id=f"{record}/{number}",
            kind=Kind.DESTINATION,
            place=f"{it.topic}, partition {it.partition}, offset {it.offset}",
            when=letter.at,
            reasons=(FieldError("batch", letter.request.condition, tries),),
            fields=_object(it.value),
            partition=it.partition,
            payload=it.value,
            function=function,
        )


def _object(payload: bytes | None) -> dict[str, Any] | None:
    """The fields of a payload that is a JSON object in which no name stands twice; None for any other."""
    try:
        value = wire.parse_rows(payload or b"")
    except UnreadableDocument:
        return None
    return dict(value) if type(value) is dict else None


def named(record: Record, places: dict[str, int]) -> Record:
    """The row with its cells by the names of the file's header; as it is where it has another number of cells."""
    cells = record.cells
    if cells is None or any(reason.field == "record" for reason in record.reasons):
        return record
    fields = {name: cells[at] for name, at in places.items() if name in FIELDS}
    return msgspec.structs.replace(record, fields=fields)


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice of records; what is not given chooses all. `rule` is any part of a reason, in any case of letters."""

    ids: frozenset[str] = frozenset()
    kind: str | None = None
    consumer: str | None = None
    rule: str | None = None
    partition: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    invoice: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it chooses every record."""
        return self == Filter()

    def takes(self, record: Record) -> bool:
        """Whether the record is chosen; `since` is the first moment, `until` the first that is too late."""
        said = "; ".join(map(str, record.reasons)).casefold()
        return (
            (not self.ids or record.id in self.ids)
            and self.kind in (None, record.kind)
            and self.consumer in (None, record.consumer)
            and (self.rule is None or self.rule.casefold() in said)
            and self.partition in (None, record.partition)
            and (self.since is None or record.when >= self.since)
            and (self.until is None or record.when < self.until)
            and self.invoice in (None, record.invoice)
        )
