"""Quarantined input: a message or a row of a file that is not an order line, with the reasons and its origin.

The stream's consumer and the batch job write the same bytes under the same key: both are functions of the message.
The quarantined rows of a file are a function of the file: one JSON object a line, `RefusedRow` each.
"""

from typing import TYPE_CHECKING, Final

import msgspec

from commerce import wire
from commerce.errors import FieldError, InvalidRow
from commerce.lines import OrderLine
from commerce.paths import quarantine_key

if TYPE_CHECKING:
    from commerce.files.documents import Entry


class Quarantined(msgspec.Struct, frozen=True):
    """A quarantined message. `Key` and `Payload` are its own bytes, which JSON carries as base64."""

    Topic: str
    Partition: int
    Offset: int
    Timestamp: int
    Key: bytes | None
    Payload: bytes | None
    Reasons: tuple[FieldError, ...]

    @property
    def key(self) -> str:
        """The key of its object."""
        return quarantine_key(self.Topic, self.Partition, self.Offset, self.Timestamp)

    @property
    def body(self) -> bytes:
        """The content of its object: JSON."""
        return msgspec.json.encode(self)


_NULL: Final = FieldError("value", "null", "must be one JSON object")


def checked(
    topic: str, partition: int, offset: int, timestamp: int, key: bytes | None, value: bytes | None
) -> OrderLine | Quarantined:
    """The order line in the message, verified whole, or the message for quarantine."""
    try:
        if value is None:
            raise InvalidRow([_NULL])
        return wire.decode(value)
    except InvalidRow as invalid:
        return Quarantined(topic, partition, offset, timestamp, key, value, invalid.errors)


class RefusedRow(msgspec.Struct, frozen=True):
    """A quarantined row of a dropped file: its line number there, its cells as text and their errors.

    A file that is quarantined whole is one of these, without line and cells.
    """

    File: str
    Line: int | None
    Cells: tuple[str, ...] | None
    Reasons: tuple[FieldError, ...]

    @property
    def line(self) -> bytes:
        """The JSON line that it is stored as."""
        return msgspec.json.encode(self) + b"\n"


def refused_row(file: str, entry: "Entry") -> RefusedRow:
    """A refused entry of this file for quarantine; one of a document in a zip names that too."""
    return RefusedRow(entry.within(file), entry.line_number, tuple(entry.cells), entry.errors)


def refused_file(file: str, reason: str) -> RefusedRow:
    """A file that cannot be read, for quarantine."""
    return RefusedRow(file, None, None, (FieldError("document", file, reason),))
