"""The DynamoDB client of this process, and the pages of its answers."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from stores.retries import CLIENT, Retries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


ITEMS: Final = CLIENT.merge(Config(parameter_validation=False))
"""The settings of a client that writes many items. botocore leaves checking a request to the server, which does it too.

By itself it checks each attribute of each item against its model, for half of the CPU time of a write.
"""


@cache
def dynamodb() -> "DynamoDBClient":
    """This process's DynamoDB client: a job has one in each of its workers."""
    client: DynamoDBClient = boto3.client("dynamodb", config=ITEMS)
    return client


def pages(retries: Retries, call: Callable[..., Any], **request: Any) -> Iterator[list[dict[str, Any]]]:
    """The items of each page that `call`, a client's query or scan, answers; the reads are consistent."""
    while True:
        page = retries.ask(partial(call, ConsistentRead=True, **request))
        yield page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
