"""S3 in memory, by its client's calls: conditional puts, races, pages, faults before and after."""

import hashlib
import io
from datetime import UTC, datetime
from typing import Any

from tests.protocols.world import World, refused

_REFUSALS = ((503, "SlowDown"), (500, "InternalError"))
_CONFLICT = (409, "ConditionalRequestConflict")


class FakeS3:
    """One bucket. With `blind_to` IfNoneMatch, a put overwrites an existing object: this removes the guard."""

    def __init__(self, world: World, blind_to: frozenset[str] = frozenset()) -> None:
        self._world = world
        self._blind_to = blind_to
        self.objects: dict[str, dict[str, Any]] = {}
        self.most_keys = 8
        """The most keys of a page of a listing; S3 gives a thousand."""

    def put_object(
        self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str | None = None, **properties: Any
    ) -> dict[str, Any]:
        def put() -> dict[str, Any]:
            if IfNoneMatch == "*" and Key in self.objects and "IfNoneMatch" not in self._blind_to:
                raise refused("PutObject", 412, "PreconditionFailed")
            self.objects[Key] = {"Body": Body, "LastModified": datetime.now(UTC), **properties}
            return {}

        return self._ask("PutObject", put, (*_REFUSALS, _CONFLICT))

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        return self._ask("HeadObject", lambda: {"Metadata": self._found(Key)["Metadata"]}, _REFUSALS)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        return self._ask("GetObject", lambda: {"Body": io.BytesIO(self._found(Key)["Body"])}, _REFUSALS)

    def delete_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        def delete() -> dict[str, Any]:
            self.objects.pop(Key, None)
            return {}

        return self._ask("DeleteObject", delete, _REFUSALS)

    def list_objects_v2(
        self, *, Bucket: str, Prefix: str, StartAfter: str = "", ContinuationToken: str = ""
    ) -> dict[str, Any]:
        def page() -> dict[str, Any]:
            after = ContinuationToken or StartAfter
            keys = sorted(key for key in self.objects if key.startswith(Prefix) and key > after)
            size = self._world.random.randint(1, self.most_keys)
            answer: dict[str, Any] = {"IsTruncated": len(keys) > size}
            if keys:
                answer["Contents"] = [self._listed(key) for key in keys[:size]]
            if answer["IsTruncated"]:
                answer["NextContinuationToken"] = keys[size - 1]
            return answer

        return self._ask("ListObjectsV2", page, _REFUSALS)

    def _ask(self, operation: str, effect: Any, refusals: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._world.troubled(operation, effect, refusals)
        return answer

    def _listed(self, key: str) -> dict[str, Any]:
        body = self.objects[key]["Body"]
        # a test that puts an object in here by hand gives it no time
        at = self.objects[key].get("LastModified", datetime.now(UTC))
        return {"Key": key, "ETag": f'"{hashlib.md5(body).hexdigest()}"', "Size": len(body), "LastModified": at}

    def _found(self, key: str) -> dict[str, Any]:
        if key not in self.objects:
            raise refused("HeadObject", 404, "404")
        return self.objects[key]
