"""Asks a DynamoDB table which of many keys have no item."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from stores.dynamodb.client import KEYS_A_REQUEST, items_of
from stores.dynamodb.items import Item
from stores.parallel import Each, batches
from stores.retries import Retries

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def absent(
    client: "DynamoDBClient", table: str, keys: Iterable[Item], retries: Retries, each: Each = map
) -> list[Item]:
    """The keys under which the table holds no item, by consistent reads. Each key must be given once.

    `each` says how many requests go at once. Raises `OutOfTime` when not all were answered in time.
    """
    wanted = list(keys)
    answers = each(partial(_present, client, table, retries), batches(wanted, KEYS_A_REQUEST))
    present = {_hashable(key) for some in answers for key in some}
    return [key for key in wanted if _hashable(key) not in present]


def _present(client: "DynamoDBClient", table: str, retries: Retries, keys: list[Item]) -> list[Item]:
    """The keys that have an item, of at most 100."""
    names = {f"#{number}": name for number, name in enumerate(keys[0])}
    only: dict[str, Any] = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    return items_of(client, table, keys, retries, **only)


def _hashable(key: Item) -> frozenset[tuple[str, str]]:
    """A hashable form of a key. Numbers are compared as text: those in keys are whole, without an exponent."""
    return frozenset((name, str(next(iter(value.values())))) for name, value in key.items())
