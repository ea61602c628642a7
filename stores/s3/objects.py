"""The lake bucket's objects: conditional puts, metadata, listing and reading."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from commerce.paths import RawKey, days_prefix, parse_raw_key, raw_key, raw_prefix
from commerce.quarantine import Quarantined
from commerce.raw import MOST_MESSAGES, Extent, Position, RawObject
from stores.retries import Retries, code, never
from stores.s3.listing import listed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_DAY_MILLISECONDS: Final = 24 * 60 * 60 * 1000
_DAYS: Final = 8
"""The days between an object's messages at most, after a consumer stood still: the topic keeps messages for seven."""

_CHUNK_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Lake:
    """The lake bucket, reached by an S3 client."""

    client: "S3Client"
    bucket: str
    retries: Retries = field(default_factory=never)

    def put_raw(self, raw: RawObject) -> Extent | None:
        """Put the object unless its key is taken: None if this call put it, else the extent of the object there before.

        The one that was first may be ours as well, when a put was asked for again after an answer that never came.
        """
        key = str(raw.key)
        if self._put_new(key, raw.body, ContentType="application/gzip", Metadata=raw.extent.metadata()):
            return None
        return self.extent(key)

    def extent(self, key: str) -> Extent:
        """The extent in the metadata of the raw object under this key."""
        found: Any = self.retries.ask(partial(self.client.head_object, Bucket=self.bucket, Key=key))
        return Extent.of(found["Metadata"])

    def raw_keys(self, topic: str) -> list[RawKey]:
        """The keys of all raw objects of the topic; other objects under its prefix are ignored."""
        found = listed(self.retries, self.client, self.bucket, raw_prefix(topic))
        return [key for it in found if (key := parse_raw_key(it["Key"])) is not None]

    def newest_raw(self, topic: str, partition: int, position: Position) -> Any | None:
        """The newest object of a partition that is filed this far, as S3 lists it."""
        return self.raw_before(topic, partition, position.epoch, position.next_offset, position.greatest_timestamp)

    def raw_before(self, topic: str, partition: int, epoch: int, end: int, timestamp: int) -> Any | None:
        """The last object of a partition that begins before this offset, as S3 lists it.

        None if it began more than `_DAYS` before the timestamp, which is that of the message before `end`. It begins at
        most `MOST_MESSAGES` before it.
        """
        start = max(0, end - MOST_MESSAGES)
        for at in (timestamp - days * _DAY_MILLISECONDS for days in range(_DAYS + 1)):
            first, last = (raw_key(topic, partition, epoch, offset, at).before for offset in (start, end))
            folder = first.rpartition("/")[0] + "/"
            later = listed(self.retries, self.client, self.bucket, folder, first)
            if found := list(takewhile(partial(_is_before, last), later)):
                return found[-1]
        return None

    def raw_days(self, topic: str, epoch: int) -> list[str]:
        """The UTC days of this epoch that have raw objects, oldest first; the first thousand of them."""
        prefix = days_prefix(topic, epoch)
        list_ = partial(self.client.list_objects_v2, Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        found: Any = self.retries.ask(list_)
        return [it["Prefix"].removeprefix(prefix).rstrip("/") for it in found.get("CommonPrefixes", [])]

    def raw_page(self, begin: RawKey, limit: int) -> tuple[list[Any], bool]:
        """Raw objects of one partition and day from this offset on, as S3 lists them, and whether more follow."""
        list_ = partial(
            self.client.list_objects_v2,
            Bucket=self.bucket,
            Prefix=begin.folder,
            StartAfter=begin.before,
            MaxKeys=limit,
        )
        found: Any = self.retries.ask(list_)
        return found.get("Contents", []), found["IsTruncated"]

    def raw_object(self, key: RawKey) -> tuple[Extent, bytes] | None:
        """The extent and the bytes of a raw object; None without it; asked by somebody who may list the bucket."""
        found = self._found(str(key))
        return None if found is None else (Extent.of(found[0]["Metadata"]), found[1])

    def holds(self, key: str) -> bool:
        """Whether an object has this key; asked by somebody who may list the bucket."""
        try:
            self.retries.ask(partial(self.client.head_object, Bucket=self.bucket, Key=key))
        except ClientError as error:
            if code(error) in ("404", "NoSuchKey", "NotFound"):
                return False
            raise
        return True

    def quarantine(self, message: Quarantined) -> bool:
        """Put the message into quarantine; False if it is there already, which is as good."""
        return self.put_once(message.key, message.body)

    def put_once(self, key: str, body: bytes, content_type: str = "application/json") -> bool:
        """Put an object unless the key is taken; False if it is."""
        return self._put_new(key, body, ContentType=content_type)

    def read(self, key: str) -> bytes:
        """The bytes of the object under this key."""

        def get() -> bytes:
            body: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            return body

        return self.retries.ask(get)

    def lines(self, key: str) -> Iterator[bytes]:
        """The lines of the object under this key, fetched as far as they are read."""
        found: Any = self.retries.ask(partial(self.client.get_object, Bucket=self.bucket, Key=key))
        with closing(found["Body"]) as body:
            yield from body.iter_lines(_CHUNK_BYTES)

    def dated(self, key: str) -> tuple[bytes, datetime] | None:
        """The object's bytes and when it was written; None without it; asked by somebody who may list the bucket."""

        found = self._found(key)
        return None if found is None else (found[1], found[0]["LastModified"])

    def tagged(self, key: str) -> tuple[bytes, str] | None:
        """The object's bytes and its ETag; None without it; asked by somebody who may list the bucket."""
        found = self._found(key)
        return None if found is None else (found[1], found[0]["ETag"])

    def replace(self, key: str, body: bytes, tag: str | None, content_type: str = "application/json") -> bool:
        """Put an object in place of the one with this ETag, or as a new one; False if another one is there by now."""
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        return self._put_if(condition, key, body, ContentType=content_type)

    def _found(self, key: str) -> tuple[Any, bytes] | None:
        """S3's answer about an object, and its bytes; None without it."""

        def get() -> tuple[Any, bytes]:
            found = self.client.get_object(Bucket=self.bucket, Key=key)
            return found, found["Body"].read()

        try:
            return self.retries.ask(get)
        except ClientError as error:
            if code(error) == "NoSuchKey":
                return None
            raise

    def _put_new(self, key: str, body: bytes, **properties: Any) -> bool:
        """Put an object unless the key is taken; False if it is."""
        return self._put_if({"IfNoneMatch": "*"}, key, body, **properties)

    def _put_if(self, condition: Mapping[str, str], key: str, body: bytes, **properties: Any) -> bool:
        """Put an object under this condition of S3; False if it does not hold."""
        given: dict[str, Any] = {**condition, **properties}
        put = partial(self.client.put_object, Bucket=self.bucket, Key=key, Body=body, **given)
        try:
            self.retries.ask(put)
        except ClientError as error:
            # S3 answers NoSuchKey where the object that If-Match names was deleted
            if code(error) in ("PreconditionFailed", "NoSuchKey"):
                return False
            raise
        return True


def _is_before(key: str, it: Any) -> bool:
    """Whether the key of a listed object sorts before this one."""
    return str(it["Key"]) < key
