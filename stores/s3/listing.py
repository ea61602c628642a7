"""The objects of a bucket, listed."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from stores.retries import Retries

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def listed(retries: Retries, client: "S3Client", bucket: str, prefix: str, after: str = "") -> Iterator[Any]:
    """Every object whose key begins so, in the order of the keys, each with its Key, ETag and Size.

    With `after`, those whose keys come after this one.
    """
    request: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix} | ({"StartAfter": after} if after else {})
    while True:
        page: Any = retries.ask(partial(client.list_objects_v2, **request))
        yield from page.get("Contents", [])
        if not page.get("IsTruncated"):
            return
        request["ContinuationToken"] = page["NextContinuationToken"]
