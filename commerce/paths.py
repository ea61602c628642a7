"""Where things lie in the lake bucket: each prefix and key, written once, and read back."""

import re
from datetime import UTC, datetime
from typing import Final

import msgspec

RAW: Final = "raw/"
QUARANTINE: Final = "quarantine/"
INCOMING: Final = "incoming/"

_RAW_KEY: Final = re.compile(
    r"raw/(?P<topic>[^/]+)/epoch=(?P<epoch>\d{4})/day=(?P<day>\d{4}-\d\d-\d\d)/partition=(?P<partition>\d+)"
    r"/(?P<offset>\d{20})\.jsonl\.gz"
)


class RawKey(msgspec.Struct, frozen=True, order=True):
    """What the key of a raw object says: `first_offset` is that of its first message, `day` its UTC day."""

    topic: str
    partition: int
    epoch: int
    first_offset: int
    day: str

    def __str__(self) -> str:
        """The key itself, under which every writer that starts at this offset finds the same object."""
        folder = f"{raw_prefix(self.topic)}epoch={self.epoch:04}/day={self.day}/partition={self.partition}"
        return f"{folder}/{self.first_offset:020}.jsonl.gz"


def raw_prefix(topic: str) -> str:
    """What the keys of a topic's raw objects begin with.

    >>> raw_prefix("order-lines")
    'raw/order-lines/'
    """
    return f"{RAW}{topic}/"


def raw_key(topic: str, partition: int, epoch: int, first_offset: int, first_timestamp: int) -> RawKey:
    """The key of the raw object that begins with this message; the timestamp is in milliseconds since 1970.

    >>> str(raw_key("order-lines", 3, 1, 42, 1291190400000))
    'raw/order-lines/epoch=0001/day=2010-12-01/partition=3/00000000000000000042.jsonl.gz'
    """
    day = datetime.fromtimestamp(first_timestamp / 1000, UTC).date().isoformat()
    return RawKey(topic, partition, epoch, first_offset, day)


def parse_raw_key(key: str) -> RawKey | None:
    """What the key of a raw object says; None where the key is none.

    >>> parse_raw_key("raw/order-lines/epoch=0001/day=2010-12-01/partition=3/00000000000000000042.jsonl.gz")
    RawKey(topic='order-lines', partition=3, epoch=1, first_offset=42, day='2010-12-01')
    """
    found = _RAW_KEY.fullmatch(key)
    if found is None:
        return None
    return RawKey(found["topic"], int(found["partition"]), int(found["epoch"]), int(found["offset"]), found["day"])


def quarantine_key(topic: str, partition: int, offset: int, timestamp: int) -> str:
    """Where a message that is no order line is set aside. The key is its origin, so every writer names the same object.

    >>> quarantine_key("order-lines", 3, 42, 1291190400000)
    'quarantine/stream/order-lines/3/42-1291190400000.json'
    """
    return f"{QUARANTINE}stream/{topic}/{partition}/{offset}-{timestamp}.json"
