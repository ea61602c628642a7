"""The lake bucket's objects: conditional puts, metadata, listing and reading."""

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from commerce.paths import RawKey, parse_raw_key, raw_prefix
from commerce.quarantine import Quarantined
from commerce.raw import Extent, RawObject
from stores.listing import listed
from stores.retries import Retries, code, never

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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

    def _put_new(self, key: str, body: bytes, **properties: Any) -> bool:
        """Put an object unless the key is taken; False if it is."""
        put = partial(self.client.put_object, Bucket=self.bucket, Key=key, Body=body, IfNoneMatch="*", **properties)
        try:
            self.retries.ask(put)
        except ClientError as error:
            if code(error) == "PreconditionFailed":
                return False
            raise
        return True
