"""The quarantine of an erasure: records, dead letters and decisions. A record keeps its id, and loses its content."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from commerce.dead_letters import DeadLetter, MalformedDeadLetter, dead_letter
from commerce.erasures import mark
from commerce.errors import FieldError
from commerce.kafka_events import Message
from commerce.paths import (
    DEAD_LETTERS,
    DECISIONS,
    QUARANTINE,
    bulk_quarantine_source,
    decision_key,
    is_stream_quarantine,
)
from commerce.quarantine import Quarantined, RefusedRow
from commerce.quarantined.decisions import Action, Decision, decision
from commerce.quarantined.records import Kind
from operations.erasure.bucket import ErasableBucket
from operations.erasure.wanted import NO_LINE, Found, Search, Wanted

REASON = "erased"

_ERASED = (FieldError("record", "", "was erased on a customer's demand"),)


class QuarantineStore:
    """Everything under `quarantine/`, Lambda's dead letters, and the decisions about both."""

    name = "quarantine"

    def __init__(self, bucket: ErasableBucket) -> None:
        self._bucket = bucket

    def search(self, wanted: Wanted) -> Found:
        """The records that hold a wanted line, or name the customer."""
        search = Search(self.name)
        for key, _, records in self._changed(wanted):
            for line_id in records.values():
                search.add(key, line_id)
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Empty each record, and decide that it is discarded."""
        for key, body, records in self._changed(wanted):
            for record in records:
                gone = Decision(Record=record, Action=Action.DISCARD, At=datetime.now(UTC).isoformat(), Reason=REASON)
                self._bucket.replace(decision_key(record), gone.body, ContentType="application/json")
            if body is not None:
                self._bucket.replace(key, body)

    def _changed(self, wanted: Wanted) -> Iterator[tuple[str, bytes | None, dict[str, str]]]:
        """Each object that holds something wanted: its key, its body without it, and the LineIds by record.

        The body of a decision is None: the decision that discards its record takes its place.
        """
        for prefix, emptied in (
            (QUARANTINE, emptied_quarantine),
            (DEAD_LETTERS, emptied_letter),
            (f"{DECISIONS}made/", undecided),
        ):
            for key in list(self._bucket.listed(prefix)):
                body, records = emptied(key, self._bucket.lake.read(key), wanted)
                if records:
                    yield key, body, records


_decode_quarantined: Final = msgspec.json.Decoder(Quarantined).decode


_decode_refused: Final = msgspec.json.Decoder(RefusedRow).decode


def emptied_quarantine(key: str, body: bytes, wanted: Wanted) -> tuple[bytes | None, dict[str, str]]:
    """A quarantined object without what is wanted, and the ids of the records that held it."""
    if is_stream_quarantine(key):
        stored = _decode_quarantined(body)
        line_id = wanted.in_message(stored.Payload)
        if line_id is None:
            return body, {}
        empty = msgspec.structs.replace(stored, Key=None, Payload=mark(None), Reasons=_ERASED)
        return empty.body, {key.removeprefix(QUARANTINE).removesuffix(".json"): line_id}
    if bulk_quarantine_source(key) is None:
        return body, {}
    rows, records = [], {}
    for number, text in enumerate(body.splitlines(), 1):
        row = _decode_refused(text)
        if wanted.in_cells(row.Cells):
            row = RefusedRow(row.File, row.Line, (), _ERASED)
            records[f"{key.removeprefix(QUARANTINE).removesuffix('.jsonl')}/{number}"] = NO_LINE
        rows.append(row.line)
    return b"".join(rows), records


def emptied_letter(key: str, body: bytes, wanted: Wanted) -> tuple[bytes | None, dict[str, str]]:
    """A dead letter in which marks stand for the wanted messages, and the ids of these records."""
    try:
        letter = dead_letter(body)
        messages = letter.messages()
    except MalformedDeadLetter:
        return body, {}
    found = {
        number: line_id for number, it in enumerate(messages, 1) if (line_id := wanted.in_message(it.value)) is not None
    }
    records = {f"{Kind.DESTINATION}/{key.removeprefix(DEAD_LETTERS)}/{number}": it for number, it in found.items()}
    return marked_letter(letter, {place(messages[number - 1]): it for number, it in found.items()}).body, records


def marked_letter(letter: DeadLetter, wanted: dict[tuple[str, int, int], str]) -> DeadLetter:
    """The dead letter in which marks stand for the messages at these places, by LineId."""
    event: dict[str, Any] = msgspec.json.decode(letter.payload)
    for records in event["records"].values():
        for it in records:
            line_id = wanted.get((it["topic"], it["partition"], it["offset"]))
            if line_id is not None:
                it["value"] = base64.b64encode(mark(line_id or None)).decode()
                it.pop("key", None)
    return msgspec.structs.replace(letter, payload=msgspec.json.encode(event).decode())


def place(message: Message) -> tuple[str, int, int]:
    """The place of a message: topic, partition, offset."""
    return message.topic, message.partition, message.offset


def undecided(key: str, body: bytes, wanted: Wanted) -> tuple[bytes | None, dict[str, str]]:
    """The record of a decision by which a record becomes a wanted line, with the line's id."""
    made = decision(body)
    line_id = wanted.in_message(made.Value.encode()) if made.Value else None
    return None, {} if line_id is None else {made.Record: line_id}
