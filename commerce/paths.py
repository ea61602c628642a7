"""The prefixes and keys of the lake bucket but for those of batches, which `commerce.batches.paths` has."""

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote

import msgspec

RAW: Final = "raw/"
QUARANTINE: Final = "quarantine/"
DECISIONS: Final = "decisions/"
"""The prefix of an operator's decisions about quarantined records."""
INCOMING: Final = "incoming/"
LAKE: Final = "lake/"
SALES: Final = "sales/"
"""The prefix of the sales extracts."""
EXTRACTS: Final = f"{SALES}extracts/"
SALES_MANIFEST: Final = f"{SALES}manifest.json"
"""The key of the manifest that names the newest version of the sales extracts."""
DEAD_LETTERS: Final = "aws/lambda/"
"""The prefix of dead letters. Lambda chooses the whole key itself, and accepts no other prefix."""

VERDICTS: Final = "verdicts/"
NEWEST_VERDICT: Final = f"{VERDICTS}newest.json"
"""The key of the last published verdict of a reconciliation."""

ERASURES: Final = "erasures/"
"""The prefix of the records of erasures, and of raw objects while a command replaces them."""

_STREAM_QUARANTINE_KEY: Final = re.compile(
    r"quarantine/stream/(?P<topic>[^/]+)/(?P<partition>\d+)/(?P<offset>\d+)-(?P<timestamp>-?\d+)\.json", re.ASCII
)
_BULK_QUARANTINE_KEY: Final = re.compile(r"quarantine/bulk/(?P<file>[^/]+)/(?P<etag>[^/]+)\.jsonl")
_RAW_KEY: Final = re.compile(
    r"raw/(?P<topic>[^/]+)/epoch=(?P<epoch>\d{4})/day=(?P<day>\d{4}-\d\d-\d\d)/partition=(?P<partition>\d+)"
    r"/(?P<offset>\d{20})\.jsonl\.gz",
    re.ASCII,
)


class RawKey(msgspec.Struct, frozen=True, order=True):
    """The parts of a raw object's key: `first_offset` is that of its first message, `day` its UTC day."""

    topic: str
    partition: int
    epoch: int
    first_offset: int
    day: str

    def __str__(self) -> str:
        """The key itself, under which every writer that starts at this offset finds the same object."""
        return f"{self.folder}{self.first_offset:020}.jsonl.gz"

    @property
    def folder(self) -> str:
        """The common prefix of the keys of this partition, epoch and day, in the order of their offsets."""
        return f"{days_prefix(self.topic, self.epoch)}{self.day}/partition={self.partition}/"

    @property
    def before(self) -> str:
        """A text that sorts before this key, and behind the keys of all earlier offsets in its folder."""
        return str(self).removesuffix(".jsonl.gz")


def raw_prefix(topic: str) -> str:
    """The common prefix of the keys of a topic's raw objects.

    >>> raw_prefix("order-lines")
    'raw/order-lines/'
    """
    return f"{RAW}{topic}/"


def days_prefix(topic: str, epoch: int) -> str:
    """The common prefix of the folders of an epoch's days, up to the day itself.

    >>> days_prefix("order-lines", 1)
    'raw/order-lines/epoch=0001/day='
    """
    return f"{raw_prefix(topic)}epoch={epoch:04}/day="


def raw_key(topic: str, partition: int, epoch: int, first_offset: int, first_timestamp: int) -> RawKey:
    """The key of the raw object that begins with this message; the timestamp is in milliseconds since 1970.

    >>> str(raw_key("order-lines", 3, 1, 42, 1291190400000))
    'raw/order-lines/epoch=0001/day=2010-12-01/partition=3/00000000000000000042.jsonl.gz'
    """
    day = datetime.fromtimestamp(first_timestamp / 1000, UTC).date().isoformat()
    return RawKey(topic, partition, epoch, first_offset, day)


def parse_raw_key(key: str) -> RawKey | None:
    """The parts of a raw object's key; None if the key is not one.

    >>> parse_raw_key("raw/order-lines/epoch=0001/day=2010-12-01/partition=3/00000000000000000042.jsonl.gz")
    RawKey(topic='order-lines', partition=3, epoch=1, first_offset=42, day='2010-12-01')
    """
    found = _RAW_KEY.fullmatch(key)
    if found is None:
        return None
    return RawKey(found["topic"], int(found["partition"]), int(found["epoch"]), int(found["offset"]), found["day"])


def quarantine_key(topic: str, partition: int, offset: int, timestamp: int) -> str:
    """The key of a quarantined message. It is the message's origin, so every writer names the same object.

    >>> quarantine_key("order-lines", 3, 42, 1291190400000)
    'quarantine/stream/order-lines/3/42-1291190400000.json'
    """
    return f"{QUARANTINE}stream/{topic}/{partition}/{offset}-{timestamp}.json"


def dead_letter_key(mapping: str, shard: str, at: datetime, unique: str) -> str:
    """The key of a dead letter. `mapping` is the UUID of the mapping, `shard` names the source, as `topic-partition`.

    >>> dead_letter_key("1a-2b", "order-lines-3", datetime(2010, 12, 1, 8, 26), "3c-4d")
    'aws/lambda/1a-2b/order-lines-3/2010/12/01/2010-12-01T08.26.00-3c-4d'
    """
    return f"{DEAD_LETTERS}{mapping}/{shard}/{at:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{unique}"


def bulk_quarantine_key(incoming_key: str, etag: str) -> str:
    """The key of the refused rows of a dropped file: named by the file and its ETag, whichever run reads it.

    >>> bulk_quarantine_key("incoming/december/day 1.csv", "9e107d9d372bb6826bd81d3542a419d6")
    'quarantine/bulk/december%2Fday%201.csv/9e107d9d372bb6826bd81d3542a419d6.jsonl'
    """
    return f"{QUARANTINE}bulk/{quote(incoming_key.removeprefix(INCOMING), safe='')}/{etag}.jsonl"


def is_stream_quarantine(key: str) -> bool:
    """Whether this is the key of a quarantined message.

    >>> is_stream_quarantine("quarantine/stream/order-lines/3/42-1291190400000.json")
    True
    """
    return _STREAM_QUARANTINE_KEY.fullmatch(key) is not None


def bulk_quarantine_source(key: str) -> tuple[str, str] | None:
    """The key and the ETag of the dropped file whose refused rows have this key; None if the key is not one.

    >>> bulk_quarantine_source("quarantine/bulk/december%2Fday%201.csv/9e107d9d372bb6826bd81d3542a419d6.jsonl")
    ('incoming/december/day 1.csv', '9e107d9d372bb6826bd81d3542a419d6')
    """
    found = _BULK_QUARANTINE_KEY.fullmatch(key)
    return (INCOMING + unquote(found["file"]), found["etag"]) if found else None


def decision_key(record: str) -> str:
    """The key of the decision about a quarantined record: the first writer's decision stands.

    >>> decision_key("stream/order-lines/3/42-1291190400000")
    'decisions/made/stream/order-lines/3/42-1291190400000.json'
    """
    return f"{DECISIONS}made/{record}.json"


def claim_key(line_id: str, number: int = 1) -> str:
    """The key under which a quarantined record claims the line that it is to become, by the claim's number.

    >>> claim_key("0a1b"), claim_key("0a1b", 2)
    ('decisions/lines/0a1b.json', 'decisions/lines/0a1b.2.json')
    """
    return f"{DECISIONS}lines/{line_id}{'' if number == 1 else f'.{number}'}.json"


def claimed(key: str) -> tuple[str, int]:
    """The line and the number of the claim with this key.

    >>> claimed("decisions/lines/0a1b.json"), claimed("decisions/lines/0a1b.2.json")
    (('0a1b', 1), ('0a1b', 2))
    """
    line_id, _, number = key.removeprefix(f"{DECISIONS}lines/").removesuffix(".json").partition(".")
    return line_id, int(number or 1)


def published_key(record: str) -> str:
    """The key of the object that says that the line of a redriven record was acknowledged by the topic.

    >>> published_key("stream/order-lines/3/42-1291190400000")
    'decisions/published/stream/order-lines/3/42-1291190400000.json'
    """
    return f"{DECISIONS}published/{record}.json"


def erasure_key(erasure: str) -> str:
    """The key of the record of an erasure.

    >>> erasure_key("20101201T082600Z-0000")
    'erasures/20101201T082600Z-0000.json'
    """
    return f"{ERASURES}{erasure}.json"


def erasure_proof_key(erasure: str) -> str:
    """The key of the proof that an erasure was carried out.

    >>> erasure_proof_key("20101201T082600Z-0000")
    'erasures/proofs/20101201T082600Z-0000.json'
    """
    return f"{ERASURES}proofs/{erasure}.json"


def is_erasure(key: str) -> bool:
    """Whether this is the key of the record of an erasure.

    >>> is_erasure("erasures/20101201T082600Z-0000.json"), is_erasure("erasures/raw/order-lines/0.json")
    (True, False)
    """
    return key.startswith(ERASURES) and key.endswith(".json") and "/" not in key.removeprefix(ERASURES)


def extract_key(version: str, name: str) -> str:
    """The key of one sales extract in one version.

    >>> extract_key("8ae5bb4d2b4a5a0d", "daily")
    'sales/extracts/8ae5bb4d2b4a5a0d/daily.json.gz'
    """
    return f"{EXTRACTS}{version}/{name}.json.gz"


def extract_version(key: str) -> str:
    """The version in the key of a sales extract.

    >>> extract_version("sales/extracts/8ae5bb4d2b4a5a0d/daily.json.gz")
    '8ae5bb4d2b4a5a0d'
    """
    return key.removeprefix(EXTRACTS).partition("/")[0]
