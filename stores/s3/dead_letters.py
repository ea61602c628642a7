"""The dead letters in a bucket: Lambda puts them there, and operators list, read and delete them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from commerce import dead_letters
from commerce.dead_letters import DeadLetter
from commerce.paths import DEAD_LETTERS
from stores.retries import Retries, never
from stores.s3.listing import listed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of one bucket, reached by an S3 client."""

    client: "S3Client"
    bucket: str
    retries: Retries = field(default_factory=never)

    def keys(self) -> Iterator[str]:
        """The keys of all dead letters, by mapping, partition and time."""
        return (found["Key"] for found in listed(self.retries, self.client, self.bucket, DEAD_LETTERS))

    def read(self, key: str) -> DeadLetter:
        """The dead letter under this key; raises `MalformedDeadLetter` if the object is another."""
        found: Any = self.retries.ask(partial(self.client.get_object, Bucket=self.bucket, Key=key))
        return dead_letters.dead_letter(found["Body"].read())

    def put(self, key: str, letter: DeadLetter) -> None:
        """Put the dead letter under this key."""
        put = partial(self.client.put_object, Bucket=self.bucket, Key=key, Body=letter.body)
        self.retries.ask(partial(put, ContentType="application/json"))

    def delete(self, key: str) -> None:
        """Delete the dead letter under this key; one that is gone already is as good."""
        self.retries.ask(partial(self.client.delete_object, Bucket=self.bucket, Key=key))
