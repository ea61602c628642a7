"""Objects of the lake bucket as local files: downloaded whole or not at all, and uploaded whole."""

import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from commerce.batches.records import Input
from stores.retries import CLIENT, Retries, code, never
from stores.s3.listing import listed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_REPLACED: Final = ("PreconditionFailed", "412")
_GONE: Final = ("NoSuchKey", "404", "AccessDenied", "403")
"""S3's codes for a missing object: a caller with rights by prefix only gets "access denied"."""

_CHUNK_BYTES: Final = 1 << 20

_PARTS_BYTES: Final = 8 << 20
"""From this size on a file is uploaded in parts."""


@dataclass(frozen=True, slots=True)
class Transfers:
    """Transfers between one lake bucket and local files, in constant memory."""

    client: "S3Client"
    bucket: str
    retries: Retries = field(default_factory=never)

    def fetch(self, wanted: Input, path: Path) -> bool:
        """Download the object in the listed version; False if it has been replaced since, or deleted."""
        try:
            self._get(path, Key=wanted.key, IfMatch=f'"{wanted.etag}"')
        except ClientError as error:
            if code(error) in _REPLACED or self._is_gone(error, wanted.key):
                return False
            raise
        return True

    def _is_gone(self, error: ClientError, key: str) -> bool:
        """Whether the error is that the key has no object, which is listed and not asked for: see `_GONE`."""
        if code(error) not in _GONE:
            return False
        return all(it["Key"] != key for it in listed(self.retries, self.client, self.bucket, key))

    def download(self, key: str, path: Path) -> dict[str, str]:
        """Download the object under this key, in any version; returns its metadata."""
        return self._get(path, Key=key)

    def download_if_there(self, key: str, path: Path) -> dict[str, str] | None:
        """Download the object under this key, in any version; returns its metadata, None if there is no object."""
        try:
            return self.download(key, path)
        except ClientError as error:
            if self._is_gone(error, key):
                return None
            raise

    def _get(self, path: Path, **request: Any) -> dict[str, str]:
        def get() -> dict[str, str]:
            found = self.client.get_object(Bucket=self.bucket, **request)
            with path.open("wb") as file:
                shutil.copyfileobj(found["Body"], file, _CHUNK_BYTES)
            return found["Metadata"]

        return self.retries.ask(get)

    def upload(self, path: Path, key: str) -> None:
        """Upload the file's bytes under this key, replacing an object there."""
        self.retries.ask(lambda: self._put(path, key))

    def _put(self, path: Path, key: str) -> None:
        if path.stat().st_size >= _PARTS_BYTES:
            self.client.upload_file(str(path), self.bucket, key)
            return
        with path.open("rb") as file:  # `upload_file` starts threads for each file, as dear as the request
            self.client.put_object(Bucket=self.bucket, Key=key, Body=file)


@cache
def s3() -> "S3Client":
    """This process's S3 client: a job has one in its driver and one in each of its workers."""
    client: S3Client = boto3.client("s3", config=CLIENT)
    return client


def patient() -> Retries:
    """Retries for a job, for which nobody waits: a request is repeated for about half a minute."""
    return Retries(lambda: 60.0, attempts=16)
