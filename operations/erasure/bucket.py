"""The lake bucket as an erasure changes it: objects are replaced and deleted together with their older versions."""

from collections.abc import Iterator
from functools import cached_property, partial
from io import BytesIO
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.asking import READER, patient
from stores.retries import code
from stores.s3.listing import listed
from stores.s3.objects import Lake
from stores.target import Target

_UNVERSIONED: Final = ("NotImplemented", "501")
"""S3Proxy's answer: it keeps no versions."""


class ErasableBucket:
    """The lake bucket of a target."""

    def __init__(self, target: Target) -> None:
        self.lake = Lake(target.client("s3", config=READER), target.lake_bucket, patient())
        self._place: dict[str, Any] = {"Bucket": target.lake_bucket}

    def listed(self, prefix: str, suffix: str = "") -> Iterator[str]:
        """The keys that begin and end so, in their order."""
        found = listed(self.lake.retries, self.lake.client, self.lake.bucket, prefix)
        return (it["Key"] for it in found if it["Key"].endswith(suffix))

    def stream(self, key: str) -> BytesIO:
        """The bytes of the object under this key, as a file."""
        return BytesIO(self.lake.read(key))

    def metadata(self, key: str) -> dict[str, str]:
        """The metadata of the object under this key."""
        found: Any = self.lake.retries.ask(partial(self.lake.client.head_object, **self._place, Key=key))
        return dict(found["Metadata"])

    def replace(self, key: str, body: bytes, **properties: Any) -> None:
        """Put another body in the place of the object, whose older versions go."""
        put = partial(self.lake.client.put_object, **self._place, Key=key, Body=body, **properties)
        self.lake.retries.ask(put)
        self._forget(key, keep_newest=True)

    def delete(self, key: str) -> None:
        """Delete the object with all its versions; one that is gone already is as good."""
        self.lake.retries.ask(partial(self.lake.client.delete_object, **self._place, Key=key))
        self._forget(key, keep_newest=False)

    @cached_property
    def keeps_versions(self) -> bool:
        """Whether the bucket keeps what was replaced or deleted."""
        try:
            found: Any = self.lake.retries.ask(partial(self.lake.client.get_bucket_versioning, **self._place))
        except ClientError as error:
            if code(error) in _UNVERSIONED:
                return False
            raise
        return "Status" in found

    def _forget(self, key: str, *, keep_newest: bool) -> None:
        for version in self._versions(key) if self.keeps_versions else ():
            if not (keep_newest and version["IsLatest"]):
                gone = partial(self.lake.client.delete_object, Key=key, VersionId=version["VersionId"], **self._place)
                self.lake.retries.ask(gone)

    def _versions(self, key: str) -> list[Any]:
        """The versions and delete markers of this very key."""
        request: dict[str, Any] = {**self._place, "Prefix": key}
        every: list[Any] = []
        while True:
            page: Any = self.lake.retries.ask(partial(self.lake.client.list_object_versions, **request))
            every += [it for name in ("Versions", "DeleteMarkers") for it in page.get(name, []) if it["Key"] == key]
            if not page.get("IsTruncated"):
                return every
            request |= {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker", "")}
