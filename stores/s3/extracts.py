"""The sales extracts in the lake bucket: published whole, read in one version, and deleted once they are old."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from botocore.exceptions import ClientError

from commerce.extracts import Published
from commerce.paths import EXTRACTS, SALES_MANIFEST, extract_key, extract_version
from stores.retries import Retries, code, never
from stores.s3.listing import listed
from stores.s3.objects import Lake

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT: Final = ("NoSuchKey", "404")


_decode: Final = msgspec.json.Decoder(Published).decode


@dataclass(frozen=True, slots=True)
class Extracts:
    """The sales extracts of one lake bucket. Whoever reads them may list `sales/`: else S3 answers 403 for absent."""

    client: "S3Client"
    bucket: str
    retries: Retries = field(default_factory=never)

    def newest(self) -> Published | None:
        """The manifest; None before the first publication."""
        found = self._found(SALES_MANIFEST)
        return None if found is None else _decode(found)

    def read(self, version: str, name: str) -> bytes | None:
        """The JSON of an extract in this version; None if there is none, or none any more."""
        found = self._found(extract_key(version, name))
        return None if found is None else gzip.decompress(found)

    def publish(self, published: Published, bodies: Mapping[str, bytes]) -> None:
        """Store these extracts, and then the manifest that names them: a run that stops before leaves the older one."""
        for name, body in bodies.items():
            key = extract_key(published.version, name)
            # the same bytes for the same version, whoever writes them
            self._put(key, gzip.compress(body, mtime=0), ContentEncoding="gzip")
        self._put(SALES_MANIFEST, msgspec.json.encode(published))

    def expire(self, before: datetime, *keep: str) -> list[str]:
        """Delete the extracts that are older than this moment, but for those of the versions to keep; returns the keys.

        A version that another run is about to name is new, and so is kept.
        """
        old = [
            it["Key"]
            for it in listed(self.retries, self.client, self.bucket, EXTRACTS)
            if it["LastModified"] < before and extract_version(it["Key"]) not in keep
        ]
        for key in old:
            self.retries.ask(partial(self.client.delete_object, Bucket=self.bucket, Key=key))
        return old

    def _found(self, key: str) -> bytes | None:
        try:
            return Lake(self.client, self.bucket, self.retries).read(key)
        except ClientError as error:
            if code(error) in _ABSENT:
                return None
            raise

    def _put(self, key: str, body: bytes, **properties: str) -> None:
        put = partial(self.client.put_object, Bucket=self.bucket, Key=key, Body=body, **properties)  # type: ignore[arg-type]
        self.retries.ask(partial(put, ContentType="application/json"))
