"""In a bucket that keeps versions nothing is left of what was replaced or deleted. S3Proxy keeps none: S3 is played."""

from dataclasses import dataclass, field
from typing import Any

from operations.erasure.bucket import ErasableBucket
from stores.target import Target


@dataclass
class VersionedS3:
    """A bucket's versions and delete markers by key, oldest first, listed one a page."""

    versions: dict[str, list[tuple[str, bytes | None]]] = field(default_factory=dict)
    made: int = 0

    def get_bucket_versioning(self, **_: Any) -> dict[str, Any]:
        return {"Status": "Enabled"}

    def put_object(self, Key: str, Body: bytes | None, **_: Any) -> None:
        self.made += 1
        self.versions.setdefault(Key, []).append((f"v{self.made}", Body))

    def delete_object(self, Key: str, VersionId: str = "", **_: Any) -> None:
        if VersionId:
            self.versions[Key] = [it for it in self.versions[Key] if it[0] != VersionId]
        else:
            self.put_object(Key, None)

    def list_object_versions(self, Prefix: str, VersionIdMarker: str = "", **_: Any) -> dict[str, Any]:
        every = [
            (key, *version, at == len(versions) - 1)
            for key, versions in sorted(self.versions.items())
            for at, version in enumerate(versions)
            if key.startswith(Prefix)
        ]
        ids = [it[1] for it in every]
        at = ids.index(VersionIdMarker) + 1 if VersionIdMarker else 0
        if at >= len(every):
            return {"IsTruncated": False}
        key, version, body, newest = every[at]
        found = [{"Key": key, "VersionId": version, "IsLatest": newest}]
        kind = "DeleteMarkers" if body is None else "Versions"
        return {kind: found, "IsTruncated": True, "NextKeyMarker": key, "NextVersionIdMarker": version}


@dataclass
class Played:
    """A target whose S3 is this one."""

    s3: VersionedS3
    lake_bucket: str = "lake"

    def client(self, service: str, **_: Any) -> VersionedS3:
        assert service == "s3"
        return self.s3


def a_bucket(s3: VersionedS3) -> ErasableBucket:
    target: Any = Played(s3)
    played: Target = target
    return ErasableBucket(played)


def test_of_a_replaced_object_the_newest_version_is_left_and_of_a_deleted_one_none() -> None:
    s3 = VersionedS3()
    for body in (b"1", b"2"):
        for key in ("a", "b", "ab"):
            s3.put_object(key, body)
    bucket = a_bucket(s3)
    bucket.replace("a", b"3")
    bucket.delete("b")
    assert {key: [body for _, body in versions] for key, versions in s3.versions.items()} == {
        "a": [b"3"],
        "b": [],
        "ab": [b"1", b"2"],
    }
    assert bucket.keeps_versions is True
