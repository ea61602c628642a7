"""The manifest of the warehouse's COPY: its files, with the length and the number of lines of each.

    {"entries": [{"url": "s3://lake/batches/warehouse/…/00000.parquet", "mandatory": true,
                  "meta": {"content_length": 48213, "record_count": 2000}}]}

`record_count` is what UNLOAD writes there; COPY does not look at it, the load's check does.
"""

from collections.abc import Iterable

import msgspec


class Part(msgspec.Struct, frozen=True, order=True):
    """One Parquet object of a batch: its key, its size, and its number of lines."""

    key: str
    bytes: int
    lines: int


class Meta(msgspec.Struct, frozen=True):
    """The metadata of a file. COPY of Parquet requires `content_length`, and fails if the file has another length."""

    content_length: int
    record_count: int


class Entry(msgspec.Struct, frozen=True):
    """One file. A missing one fails the COPY if it is `mandatory`, and is skipped silently by default."""

    url: str
    mandatory: bool
    meta: Meta


class CopyManifest(msgspec.Struct, frozen=True):
    """The files of a batch, by key."""

    entries: tuple[Entry, ...]

    @property
    def lines(self) -> int:
        """The number of lines in all files."""
        return sum(entry.meta.record_count for entry in self.entries)

    def sizes(self, bucket: str) -> dict[str, int]:
        """The size that each file must have, by its key in this bucket."""
        return {entry.url.removeprefix(f"s3://{bucket}/"): entry.meta.content_length for entry in self.entries}


def copy_manifest(bucket: str, parts: Iterable[Part]) -> CopyManifest:
    """The list of these objects of the bucket, all of which COPY must find.

    >>> copy_manifest("lake", [Part("b/1.parquet", 100, 7)]).entries
    (Entry(url='s3://lake/b/1.parquet', mandatory=True, meta=Meta(content_length=100, record_count=7)),)
    """
    return CopyManifest(tuple(Entry(f"s3://{bucket}/{it.key}", True, Meta(it.bytes, it.lines)) for it in sorted(parts)))
