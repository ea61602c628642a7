"""The DynamoDB client of this process, the pages of its answers, and the items of many keys."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.session import Session

from stores.clients import client
from stores.dynamodb.plain_json import of_plain_json
from stores.retries import CLIENT, Retries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


ITEMS: Final = CLIENT.merge(Config(parameter_validation=False, user_agent="Tillstream"))
"""The settings of a client that writes many items. botocore leaves checking a request to the server, which does it too.

By itself it checks each attribute of each item against its model, for half of the CPU time of a write. A user agent of
its own it would compose anew for each request, for an eighth of the rest.
"""

KEYS_A_REQUEST: Final = 100
"""Keys that one BatchGetItem takes."""


def item_client(session: Session | None = None) -> "DynamoDBClient":
    """A new client for many items."""
    made: DynamoDBClient = client("dynamodb", ITEMS, session)
    return of_plain_json(made)


@cache
def dynamodb() -> "DynamoDBClient":
    """This process's client for many items: a job has one in each of its workers."""
    return item_client()


def pages(retries: Retries, call: Callable[..., Any], **request: Any) -> Iterator[list[dict[str, Any]]]:
    """The items of each page that `call`, a client's query or scan, answers; the reads are consistent."""
    while True:
        page = retries.ask(partial(call, ConsistentRead=True, **request))
        yield page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def items_of(
    client: "DynamoDBClient", table: str, keys: list[dict[str, Any]], retries: Retries, **form: Any
) -> list[dict[str, Any]]:
    """The items under these keys, of at most 100, in any order, by consistent reads; unprocessed keys are asked again.

    `form` goes with the keys in the request. Raises `OutOfTime` when the table did not answer for all of them in time.
    """
    found: list[dict[str, Any]] = []

    def get(left: list[dict[str, Any]]) -> list[dict[str, Any]]:
        asked: Any = {table: {**form, "ConsistentRead": True, "Keys": left}}
        answer: Any = retries.ask(partial(client.batch_get_item, RequestItems=asked))
        found.extend(answer["Responses"].get(table, []))
        unprocessed: list[dict[str, Any]] = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
        return unprocessed

    retries.drain(get, keys, f"{table} did not answer for all of {len(keys)} keys in time")
    return found
