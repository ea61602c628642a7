"""The lake bucket as the hop `s3` reads it: raw objects in order, some fetched ahead, and quarantined messages."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from commerce.paths import RawKey
from operations.asking import READER, in_order, patient
from operations.errors import reading
from operations.reconcile.raw_chain import Fetched
from stores.retries import Retries
from stores.s3 import erasures
from stores.s3.objects import Lake
from stores.target import Target


class Bucket:
    """A target's lake bucket for reconciliation; raises `StoreUnreachable` if S3 does not answer."""

    def __init__(self, target: Target, retries: Retries | None = None) -> None:
        self.lake = Lake(target.client("s3", config=READER), target.lake_bucket, retries or patient())
        self._topic = target.topic
        self._reading = partial(reading, f"bucket {target.lake_bucket}")

    def raw_keys(self) -> list[RawKey]:
        """The keys of the topic's raw objects, by partition, epoch and first offset."""
        with self._reading():
            return sorted(self.lake.raw_keys(self._topic))

    def erased(self) -> frozenset[str]:
        """The LineIds of all lines that were erased."""
        with self._reading():
            return erasures.line_ids(self.lake)

    def is_erasing(self) -> bool:
        """Whether an erasure is under way, or was stopped before its end."""
        with self._reading():
            return erasures.is_unfinished(self.lake)

    def fetched(self, keys: Iterable[RawKey]) -> Iterator[Fetched]:
        """The objects under these keys, in their order."""
        return in_order(self._fetch, keys)

    def absent(self, keys: Sequence[str]) -> list[str]:
        """The keys that have no object."""
        return [key for key, lies in zip(keys, in_order(self._holds, keys), strict=True) if not lies]

    def _fetch(self, key: RawKey) -> Fetched:
        def get() -> Fetched:
            found: Any = self.lake.client.get_object(Bucket=self.lake.bucket, Key=str(key))
            return Fetched(key, found["Metadata"], found["Body"].read())

        with self._reading():
            return self.lake.retries.ask(get)

    def _holds(self, key: str) -> bool:
        with self._reading():
            return self.lake.holds(key)
