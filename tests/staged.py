"""Damages of a staged file after curate wrote it, each with the words of the job that is to read it."""

from collections.abc import Callable
from typing import Any, Final

Harm = Callable[[Any, str, str], object]
"""Harms an object of a bucket, by client, bucket and key."""


def _flip(s3: Any, bucket: str, key: str) -> None:
    body = bytearray(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    body[len(body) // 3] ^= 1
    s3.put_object(Bucket=bucket, Key=key, Body=bytes(body))


HARMS: Final[dict[str, tuple[Harm, str]]] = {
    "deleted": (lambda s3, bucket, key: s3.delete_object(Bucket=bucket, Key=key), "is missing, where curate wrote"),
    "changed": (_flip, "has other content than curate wrote"),
    "cut short": (lambda s3, bucket, key: s3.put_object(Bucket=bucket, Key=key, Body=b"PAR1"), "has 4 bytes, where"),
}
