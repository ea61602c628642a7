"""The raw objects of an erasure: each message of a wanted line gives way to its mark.

The bucket refuses a put that may overwrite a raw object, so the old one is deleted and then the new one is put. The new
one is put under `erasures/` before that, so that a command that is killed in between loses nothing.
"""

import hashlib
from collections.abc import Iterator

import msgspec

from commerce import erasures, raw
from commerce.filing import gzipped
from commerce.paths import ERASURES, RAW, RawKey, parse_raw_key
from commerce.raw import Extent, RawLine, RawObject, encode_line
from operations.asking import in_order
from operations.erasure.bucket import ErasableBucket
from operations.erasure.wanted import NO_LINE, Found, Search, Wanted


class RawObjects:
    """The topic's raw objects."""

    name = "raw objects"

    def __init__(self, bucket: ErasableBucket, topic: str) -> None:
        self._bucket, self._topic = bucket, topic

    def search(self, wanted: Wanted) -> Found:
        """The wanted messages of all raw objects."""
        search = Search(self.name)
        for made, line_ids in self._holding(wanted):
            for line_id in line_ids:
                search.add(str(made.key), line_id)
        for key in self._bucket.listed(f"{ERASURES}{RAW}"):
            search.add(key, NO_LINE)  # of a command that was killed: what it holds is for `erase` to put back
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Put a mark in the place of each wanted message; first end what a killed command has left."""
        for key in list(self._bucket.listed(f"{ERASURES}{RAW}")):
            self._put_back(key)
        for made, _ in self._holding(wanted):
            kept = f"{ERASURES}{made.key}"
            self._bucket.replace(kept, made.body, ContentType="application/gzip", Metadata=made.extent.metadata())
            self._bucket.delete(str(made.key))
            self._put(made)
            self._bucket.delete(kept)

    def _put_back(self, kept: str) -> None:
        """End the replacement of one object, which is kept under this key; an object that was not deleted stays."""
        key = parse_raw_key(kept.removeprefix(ERASURES))
        if key is None:
            return
        made = RawObject(key, self._bucket.lake.read(kept), self._bucket.lake.extent(kept))
        there = self._bucket.lake.raw_object(key)
        if there is None or there[0].next_offset != made.extent.next_offset:
            self._put(made)
        self._bucket.delete(kept)

    def _put(self, made: RawObject) -> None:
        """Put the object; one that another writer of the archive has put in its place meanwhile gives way."""
        while (there := self._bucket.lake.put_raw(made)) is not None and there.sha256 != made.extent.sha256:
            self._bucket.delete(str(made.key))

    def _holding(self, wanted: Wanted) -> Iterator[tuple[RawObject, list[str]]]:
        """Each object that holds a wanted message, as it is to be, and the messages' LineIds."""
        keys = sorted(self._bucket.lake.raw_keys(self._topic))
        for key, found in zip(keys, in_order(self._bucket.lake.raw_object, keys), strict=True):
            if found is None:
                continue
            extent, body = found
            messages = [(line, wanted.in_message(line.value)) for line in raw.lines(body)]
            line_ids = [line_id for _, line_id in messages if line_id is not None]
            if line_ids:
                yield marked(key, extent, messages), line_ids


def marked(key: RawKey, extent: Extent, messages: list[tuple[RawLine, str | None]]) -> RawObject:
    """The object in which a mark stands for each message that has a LineId here, `NO_LINE` where it is not a line."""
    lines = [line if line_id is None else erasures.erased(line, line_id or None) for line, line_id in messages]
    return with_lines(key, extent, lines)


def with_lines(key: RawKey, extent: Extent, lines: list[RawLine]) -> RawObject:
    """The object of this extent with these lines, which have the same offsets and times as before."""
    body = gzipped(b"".join(map(encode_line, lines)))
    return RawObject(key, body, msgspec.structs.replace(extent, sha256=hashlib.sha256(body).hexdigest()))
