"""The lake bucket as the hop `s3` reads it: raw objects in order, some fetched ahead, and quarantined messages."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from commerce.paths import RawKey
from operations.errors import StoreUnreachable
from operations.reconcile.ahead import in_order
from operations.reconcile.asking import READER, patient
from operations.reconcile.raw_chain import Fetched
from stores.objects import Lake
from stores.retries import Retries, code
from stores.target import Target

Done = TypeVar("Done")


class Bucket:
    """A target's lake bucket for reconciliation; raises `StoreUnreachable` if S3 does not answer."""

    def __init__(self, target: Target, retries: Retries | None = None) -> None:
        self._retries = retries or patient()
        self.lake = Lake(target.client("s3", config=READER), target.lake_bucket)
        self._topic = target.topic

    def raw_keys(self) -> list[RawKey]:
        """The keys of the topic's raw objects, by partition, epoch and first offset."""
        return sorted(self._asked(lambda: self.lake.raw_keys(self._topic)))

    def fetched(self, keys: Iterable[RawKey]) -> Iterator[Fetched]:
        """The objects under these keys, in their order."""
        return in_order(self._fetch, keys)

    def absent(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys that have no object."""
        return [key for key, lies in zip(keys, in_order(self._lies, keys), strict=True) if not lies]

    def _fetch(self, key: RawKey) -> Fetched:
        def get() -> Fetched:
            found: Any = self.lake.client.get_object(Bucket=self.lake.bucket, Key=str(key))
            return Fetched(key, found["Metadata"], found["Body"].read())

        return self._asked(get)

    def _lies(self, key: str) -> bool:
        head = partial(self.lake.client.head_object, Bucket=self.lake.bucket, Key=key)
        try:
            self._retries.ask(head)
        except ClientError as error:
            if code(error) in ("404", "NoSuchKey", "NotFound"):
                return False
            raise StoreUnreachable(f"bucket {self.lake.bucket} does not describe {key}: {error}") from error
        return True

    def _asked(self, ask: Callable[[], Done]) -> Done:
        try:
            return self._retries.ask(ask)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnreachable(f"bucket {self.lake.bucket} cannot be read: {error}") from error
