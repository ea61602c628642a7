"""Puts raw objects back from a copy of the bucket on disk, as the archive puts them: never over another object.

A copy made with `aws s3 sync` holds no metadata, and the bucket refuses a put that may overwrite. So each object's
metadata is made anew from its messages, and from those of its partition before it, in the copy or in the bucket.
"""

from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path

import msgspec

from commerce import raw
from commerce.erasures import NOTHING, as_kept
from commerce.filing import extent_of, gzipped
from commerce.paths import RawKey, parse_raw_key, raw_prefix
from commerce.raw import NO_TIMESTAMP, RawObject, encode_line
from operations.errors import Refused
from stores.s3 import erasures
from stores.s3.objects import Lake


class Restored(msgspec.Struct, frozen=True):
    """The number of objects that were put, and of those that the bucket held already."""

    put: int
    held: int


def restore(folder: Path, topic: str, lake: Lake) -> Restored:
    """Put the topic's raw objects of the folder, a copy of the bucket, into the lake bucket.

    Of lines that were erased since the copy was made it puts the marks. May be killed and repeated. Raises `Refused`
    where the bucket holds another object under one of the keys.
    """
    found = sorted(keys(folder, topic))
    if not found:
        raise Refused(f"{folder} holds no raw object of {topic}: name the folder that has {raw_prefix(topic)} in it")
    put, held, erased = 0, 0, erasures.line_ids(lake)
    in_copy, in_bucket = set(found), set(lake.raw_keys(topic))
    for _, chain in groupby(sorted(in_copy | in_bucket, key=_place), key=lambda key: (key.partition, key.epoch)):
        greatest = NO_TIMESTAMP
        for key in chain:
            if key not in in_copy:  # the bucket's alone
                greatest = lake.extent(str(key)).greatest_timestamp
                continue
            made = raw_object(key, (folder / str(key)).read_bytes(), greatest, erased)
            there = lake.put_raw(made)
            if there is not None and there.sha256 != made.extent.sha256:
                raise Refused(f"the bucket holds another object under {key}: compare them, and remove the wrong one")
            greatest = (there or made.extent).greatest_timestamp
            put, held = put + (there is None), held + (there is not None)
    return Restored(put, held)


def _place(key: RawKey) -> tuple[int, int, int]:
    return key.partition, key.epoch, key.first_offset


def keys(folder: Path, topic: str) -> Iterator[RawKey]:
    """The keys of the topic's raw objects in the folder, which has them below the same path as the bucket."""
    for path in (folder / raw_prefix(topic)).rglob("*"):
        if key := parse_raw_key(path.relative_to(folder).as_posix()):
            yield key


def raw_object(key: RawKey, body: bytes, greatest: int, erased: Collection[str] = NOTHING) -> RawObject:
    """The object with its metadata; `greatest` is the greatest timestamp of its partition before it.

    A mark stands for each `erased` line.
    """
    lines = list(raw.lines(body))
    kept = [as_kept(line, erased) for line in lines]
    if kept != lines:
        lines, body = kept, gzipped(b"".join(map(encode_line, kept)))
    if not lines or lines[0].offset != key.first_offset:
        raise Refused(f"{key} does not begin with the message that it is named by")
    return RawObject(key, body, extent_of(body, lines, greatest))
