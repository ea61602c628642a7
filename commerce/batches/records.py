"""The records of a batch: curate's plan of inputs, the outcome of reading them, and the lines added to the lake.

Plan → outcome (every input read, accepted lines staged, refused rows quarantined) → snapshot of the lake, whose summary
carries the batch id → manifest. Each is written once it is true; a run that stops anywhere is finished by the next.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from commerce.paths import INCOMING

BATCH_PROPERTY: Final = "tillstream.batch"
"""The property of a snapshot's summary that holds the id of the snapshot's batch."""

_ID_TIME: Final = "%Y%m%dT%H%M%SZ"


class Input(msgspec.Struct, frozen=True, order=True):
    """A listed object of the lake bucket: another ETag under the same key is another input."""

    key: str
    etag: str
    bytes: int = 0

    @property
    def identity(self) -> tuple[str, str]:
        """Key and ETag, by which a taken input is recognized."""
        return self.key, self.etag


class Plan(msgspec.Struct, frozen=True):
    """The inputs of a batch: dropped files and raw objects, in the order of their keys."""

    batch: str
    files: tuple[Input, ...]
    objects: tuple[Input, ...]


class Taken(msgspec.Struct, frozen=True):
    """The result of reading one input: its rows are the accepted `lines`, the `refused` ones, and erased lines.

    `quarantined` is the reason why a file was quarantined whole (`set_aside` in JSON): then none of its rows counts.
    """

    key: str
    etag: str
    rows: int
    lines: int
    refused: int
    quarantined: str | None = msgspec.field(default=None, name="set_aside")

    @property
    def identity(self) -> tuple[str, str]:
        """Key and ETag, as in `Input`."""
        return self.key, self.etag

    @property
    def is_file(self) -> bool:
        """Whether it is a dropped file, not a raw object."""
        return self.key.startswith(INCOMING)


class Sum(msgspec.Struct, frozen=True):
    """The number of lines of a staged object, its number of bytes, and their SHA-256 in hex."""

    lines: int
    bytes: int
    sha256: str


class Outcome(msgspec.Struct, frozen=True):
    """The results of a plan's inputs. Inputs that were replaced or deleted before they were read are in neither list.

    `staged_files` and `staged_stream` are the keys of the Parquet objects that hold the accepted lines of the files
    and of the raw objects; a LineId may stand in them more than once. `months` are the first days of the months that
    have a line. `sums` holds the sum of each staged object by its key; earlier versions recorded none.
    """

    files: tuple[Taken, ...]
    objects: tuple[Taken, ...]
    staged_files: tuple[str, ...]
    staged_stream: tuple[str, ...]
    months: tuple[date, ...]
    sums: dict[str, Sum] = {}


class Manifest(msgspec.Struct, frozen=True):
    """A batch that is in the lake: its outcome, and the snapshot that appended its new lines.

    `snapshot_id` is None, and `lines_added` 0, where there was nothing to append. `lines_total` are the lake's lines by
    the snapshot; None without one, and in the manifests of earlier versions.
    """

    batch: str
    snapshot_id: int | None
    lines_added: int
    outcome: Outcome
    lines_total: int | None = None


class Restored(msgspec.Struct, frozen=True):
    """The lake's lines after lost ones were put back; `batch` is the newest one at that time."""

    batch: str
    lines_total: int


class Export(msgspec.Struct, frozen=True):
    """All lines of these batches and their summaries, written to the bucket as items for a bulk load of the tables.

    `bytes` is the size of the items as DynamoDB counts it, names and values, at most. `sample` is the entry's sample of
    the ledger of load_tables.
    """

    export: str
    batches: tuple[str, ...]
    lines: int
    summaries: int
    bytes: int
    sample: tuple[msgspec.Raw, ...] = ()


class Fold(msgspec.Struct, frozen=True):
    """Key and ETag of every input in the manifests of all batches up to `batch`, so that these need not be read again.

    It only repeats what the manifests say: without it, or with an older one, more manifests are read.
    """

    batch: str = ""
    taken: tuple[tuple[str, str], ...] = ()


def batch_id(now: datetime, tail: int, last: str | None = None) -> str:
    """An id for a batch that begins now; it sorts after `last`, the newest so far, even if a clock went back.

    >>> batch_id(datetime(2010, 12, 1, 8, 26, tzinfo=UTC), 255)
    '20101201T082600Z-00ff'
    >>> batch_id(datetime(2010, 12, 1, 8, 26, tzinfo=UTC), 255, last="20101201T082600Z-a000")
    '20101201T082601Z-00ff'
    """
    moment = now.astimezone(UTC).replace(microsecond=0)
    if last is not None:
        newest = datetime.strptime(last.partition("-")[0], _ID_TIME).replace(tzinfo=UTC)
        moment = max(moment, newest + timedelta(seconds=1))
    return f"{moment.strftime(_ID_TIME)}-{tail:04x}"
