"""The list of files that COPY is given, which says of each how long it is and how many lines it holds.

    {"entries": [{"url": "s3://lake/batches/warehouse/…/00000.parquet", "mandatory": true,
                  "meta": {"content_length": 48213, "record_count": 2000}}]}

`record_count` is what UNLOAD writes there; COPY does not look at it, the load's check does.
"""

from collections.abc import Sequence

import msgspec


class Part(msgspec.Struct, frozen=True, order=True):
    """One Parquet object of a batch: its key, its size, and how many lines it holds."""

    key: str
    bytes: int
    lines: int


class _Meta(msgspec.Struct):
    content_length: int
    record_count: int


class _Entry(msgspec.Struct):
    url: str
    # an entry that is not mandatory, which is the default, is left out without a word where the file is missing
    mandatory: bool
    meta: _Meta


class _List(msgspec.Struct):
    entries: list[_Entry]


def encode(bucket: str, parts: Sequence[Part]) -> bytes:
    """The list of these objects of the bucket, as COPY reads it."""
    entries = [_Entry(f"s3://{bucket}/{part.key}", True, _Meta(part.bytes, part.lines)) for part in sorted(parts)]
    return msgspec.json.encode(_List(entries))


def decode(bucket: str, body: bytes) -> tuple[Part, ...]:
    """The objects that a list of `encode` names."""
    entries = msgspec.json.decode(body, type=_List).entries
    return tuple(
        Part(entry.url.removeprefix(f"s3://{bucket}/"), entry.meta.content_length, entry.meta.record_count)
        for entry in entries
    )
