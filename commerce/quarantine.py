"""What is set aside: a message that is no order line, with the reasons and where it came from.

The stream's consumer and the batch job write the same bytes under the same key: both are functions of the message.
"""

from typing import Final

import msgspec

from commerce import wire
from commerce.errors import FieldError, InvalidRow
from commerce.lines import OrderLine
from commerce.paths import quarantine_key


class Quarantined(msgspec.Struct, frozen=True):
    """A message set aside. `Key` and `Payload` are its own bytes, which JSON carries as base64."""

    Topic: str
    Partition: int
    Offset: int
    Timestamp: int
    Key: bytes | None
    Payload: bytes | None
    Reasons: tuple[FieldError, ...]

    @property
    def key(self) -> str:
        """Where it lies."""
        return quarantine_key(self.Topic, self.Partition, self.Offset, self.Timestamp)

    @property
    def body(self) -> bytes:
        """What lies there: JSON."""
        return msgspec.json.encode(self)


_NULL: Final = FieldError("value", "null", "must be one JSON object")


def checked(
    topic: str, partition: int, offset: int, timestamp: int, key: bytes | None, value: bytes | None
) -> OrderLine | Quarantined:
    """The order line that the message carries, verified whole, or the message as it is set aside."""
    try:
        if value is None:
            raise InvalidRow([_NULL])
        return wire.decode(value)
    except InvalidRow as invalid:
        return Quarantined(topic, partition, offset, timestamp, key, value, invalid.errors)
