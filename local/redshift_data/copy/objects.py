"""The objects that a COPY reads, from the laptop's buckets only."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from local.redshift_data.sql.words import SqlError
from stores.retries import code

_PROBLEM: Final = "Problem reading manifest or data file"
_MISSING: Final = ("404", "NoSuchKey", "NoSuchBucket", "NotFound")


@dataclass(frozen=True, slots=True)
class Entry:
    """An object to load. `length` is its manifest's `content_length`, in bytes."""

    url: str
    mandatory: bool
    length: int | None


class Bucket:
    """The laptop's S3."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        """`connect` creates boto3's client of the laptop's S3; the first COPY calls it."""
        self._connect = connect

    @classmethod
    def at(cls, endpoint: str, region: str, access_key_id: str, secret_access_key: str) -> "Bucket":
        """S3 at `endpoint`."""

        def connect() -> Any:
            import boto3  # a quarter of a second that no start has to wait for

            session = boto3.session.Session(access_key_id, secret_access_key, region_name=region)
            return session.client("s3", endpoint_url=endpoint)

        return cls(connect)

    @cached_property
    def _client(self) -> Any:
        return self._connect()

    def entries(self, url: str, is_manifest: bool, lengths_needed: bool) -> list[Entry]:
        """The objects that COPY … FROM `url` loads: the manifest's entries, or every object of that prefix."""
        if is_manifest:
            return _manifest_entries(url, self._read(url), lengths_needed)
        bucket, prefix = _parted(url)
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        with _reading(url):
            keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
        if not keys:
            raise SqlError(f"The specified S3 prefix '{prefix}' does not exist")
        return [Entry(f"s3://{bucket}/{key}", True, None) for key in keys]

    @contextmanager
    def fetched(self, entries: Sequence[Entry], folder: Path | None = None) -> Iterator[list[tuple[Entry, Path]]]:
        """The objects as files, in the entries' order, until the block ends; missing optional ones are left out."""
        with TemporaryDirectory(prefix="copy-", dir=folder) as scratch, ThreadPoolExecutor(4) as pool:
            fetched = list(pool.map(lambda entry: self._fetch(entry, Path(scratch)), entries))
            yield [(entry, path) for entry, path in zip(entries, fetched, strict=True) if path is not None]

    def _fetch(self, entry: Entry, folder: Path) -> Path | None:
        bucket, key = _parted(entry.url)
        path = folder / hashlib.sha256(entry.url.encode()).hexdigest()
        with _reading(entry.url):
            try:
                self._client.download_file(bucket, key, str(path))
            except ClientError as error:
                if code(error) in _MISSING and not entry.mandatory:
                    return None
                raise
        size = path.stat().st_size
        if entry.length is not None and size != entry.length:
            raise SqlError(
                f"File {entry.url} has {size} bytes, but its manifest entry says content_length {entry.length}"
            )
        return path

    def _read(self, url: str) -> bytes:
        bucket, key = _parted(url)
        with _reading(url):
            body: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


def _manifest_entries(url: str, body: bytes, lengths_needed: bool) -> list[Entry]:
    try:
        entries = msgspec.json.decode(body)["entries"]
        found = [_entry(entry, lengths_needed) for entry in entries]
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise SqlError(f"The manifest file {url} is not in the right format: it must be JSON with entries") from None
    if not found:
        raise SqlError(f"The manifest file {url} has no entries")
    return found


def _entry(entry: Mapping[str, Any], length_needed: bool) -> Entry:
    url, length = entry["url"], (entry.get("meta") or {}).get("content_length")
    if not isinstance(url, str):
        raise TypeError
    if length_needed and length is None:
        raise SqlError(f"Invalid manifest: meta.content_length is required for {url} in this file format")
    mandatory = entry.get("mandatory", False)
    if mandatory not in (True, False) or not (length is None or isinstance(length, int)):
        raise TypeError
    return Entry(url, mandatory, length)


def _parted(url: str) -> tuple[str, str]:
    if not url.startswith("s3://"):
        raise SqlError(f"The S3 path {url} is not valid")
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


@contextmanager
def _reading(url: str) -> Iterator[None]:
    """Within the block an error of S3 is raised as `SqlError`, in the words of Redshift."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = {"404": "NoSuchKey", "403": "AccessDenied"}.get(code(error), code(error))
        said = error.response.get("Error", {}).get("Message", kind)
        raise SqlError(f"{_PROBLEM} {url} - S3ServiceException:{said},Status {status},Error {kind}") from None
    except BotoCoreError as error:
        raise SqlError(f"{_PROBLEM} {url} - {error}") from None
