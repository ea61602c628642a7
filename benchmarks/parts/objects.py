"""The rows of a sink's objects in S3, counted while they arrive, and the rows that were lost or repeated."""

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BEING_WRITTEN: Final = ""
LOG: Final = "/_spark_metadata/"
SERIAL: Final = re.compile(rb'"Serial": ?(\d+)')


@dataclass
class Objects:
    """The objects under one prefix; `look` reads those that are new."""

    s3: "S3Client"
    bucket: str
    prefix: str
    logged: bool = False
    """Whether only the objects count that the log of Spark's file sink names: others are of tries that failed."""
    rows: int = 0
    _seen: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    """Each key with the ETag and the rows of its content when it was read."""

    def look(self) -> int:
        """The rows of all objects now."""
        for key, tag in self._listed():
            tag_before, rows_before = self._seen.get(key, (None, 0))
            if tag != tag_before or tag == _BEING_WRITTEN:
                body = self._body(key)
                rows = body.count(b"\n")
                self._seen[key] = (tag if body else _BEING_WRITTEN), rows
                self.rows += rows - rows_before
        return self.rows

    def serials(self) -> Counter[bytes]:
        """How often each row stands in the objects, by its serial number."""
        found: Counter[bytes] = Counter()
        for key, _ in self._listed():
            found.update(SERIAL.findall(self._body(key)))
        return found

    def _listed(self) -> Iterator[tuple[str, str]]:
        named = set(self._named()) if self.logged else None
        for key, tag in self._all():
            # Flink's parts of files that are not closed
            if "_tmp_" not in key and LOG not in key and (named is None or key in named):
                yield key, tag

    def _named(self) -> Iterator[str]:
        """The keys in the log of Spark's file sink: a version, then a file a line."""
        for key, _ in self._all():
            if LOG in key:
                for line in self._body(key).splitlines()[1:]:
                    yield str(msgspec.json.decode(line)["path"]).partition(f"{self.bucket}/")[2]

    def _all(self) -> Iterator[tuple[str, str]]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{self.prefix}/")
        for page in pages:
            for entry in page.get("Contents", ()):
                yield entry["Key"], entry.get("ETag", _BEING_WRITTEN)

    def _body(self, key: str) -> bytes:
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:  # S3Proxy lists a file before it has its name, which S3 never does
            return b""
        return gzip.decompress(body) if key.endswith(".gz") else body


def lost_and_repeated(serials: Counter[bytes], rows: int) -> tuple[int, int]:
    """How many of so many rows are missing, and how many rows stand there once too often.

    >>> lost_and_repeated(Counter({b"0": 1, b"2": 3}), 3)
    (1, 2)
    """
    return rows - len(serials), serials.total() - len(serials)
