"""DynamoDB in memory, by its client's calls: conditions, inconsistent pages, stale reads, faults."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.protocols.expressions import condition, plain_value, updated
from tests.protocols.world import World, refused

Item = dict[str, Any]
Key = tuple[Any, Any]

_REFUSALS = (
    (400, "ProvisionedThroughputExceededException"),
    (400, "ThrottlingException"),
    (503, "ServiceUnavailable"),
)


class FakeDynamoDB:
    """Tables by name; `keys` names the two key attributes of each, `index_keys` the sort key of its only index.

    What `blind_to` names is not looked at: `ConsistentRead:get` and `ConsistentRead:query` (such reads may lag), or
    `ConditionExpression`. That is how a guard is taken away.
    """

    def __init__(
        self,
        world: World,
        keys: Mapping[str, tuple[str, str]],
        index_keys: Mapping[str, str] | None = None,
        blind_to: frozenset[str] = frozenset(),
    ) -> None:
        self._world = world
        self._keys = keys
        self._index_keys = index_keys or {}
        self._blind_to = blind_to
        # every version of every item, with the time of its writing; None: deleted
        self._versions: dict[str, dict[Key, list[tuple[int, Item | None]]]] = {name: {} for name in keys}
        self._now = 0

    def items(self, table: str) -> list[Item]:
        """The present items of the table, by key."""
        return [item for _, item in self._seen(table, self._now)]

    def lose(self, table: str, key: Key) -> None:
        """Lose an item, as after a restore of the table."""
        self._write(table, key, None)

    def batch_get_item(self, *, RequestItems: dict[str, dict[str, Any]]) -> dict[str, Any]:
        ((table, request),) = RequestItems.items()
        keys = [self._key(table, key) for key in request["Keys"]]
        assert 1 <= len(keys) <= 100
        assert len(set(keys)) == len(keys), "BatchGetItem refuses the same key twice"

        def get() -> dict[str, Any]:
            found, left = [], []
            for asked, key in zip(request["Keys"], keys, strict=True):
                if not self._world.calm and self._world.happens(self._world.trouble):
                    left.append(asked)
                    continue
                if self._world.happens(0.2):  # not a transaction: others write between two of its items
                    self._world.pause()
                seen = dict(
                    self._seen(table, self._read_time(request.get("ConsistentRead", False), "ConsistentRead:get"))
                )
                found += [seen[key]] if key in seen else []
            self._world.random.shuffle(found)
            return {
                "Responses": {table: found},
                "UnprocessedKeys": {table: {**request, "Keys": left}} if left else {},
            }

        return self._ask("BatchGetItem", get)

    def put_item(self, *, TableName: str, Item: Item, **conditions: Any) -> dict[str, Any]:
        def put() -> dict[str, Any]:
            key = self._key(TableName, Item)
            self._check("PutItem", TableName, key, conditions)
            self._write(TableName, key, Item)
            return {}

        return self._ask("PutItem", put)

    def update_item(self, **request: Any) -> dict[str, Any]:
        def update() -> dict[str, Any]:
            self._check_update(request)
            self._update(request)
            return {}

        return self._ask("UpdateItem", update)

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:
        def transact() -> dict[str, Any]:
            updates = [item["Update"] for item in TransactItems]
            try:
                for update in updates:
                    self._check_update(update)
            except ClientError:
                raise refused("TransactWriteItems", 400, "TransactionCanceledException") from None
            for update in updates:
                self._update(update)
            return {}

        return self._ask("TransactWriteItems", transact)

    def batch_write_item(self, *, RequestItems: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
        ((table, requests),) = RequestItems.items()
        items = [request["PutRequest"]["Item"] for request in requests]
        keys = [self._key(table, item) for item in items]
        assert 1 <= len(items) <= 25
        assert len(set(keys)) == len(keys), "BatchWriteItem refuses the same key twice"

        def write() -> dict[str, Any]:
            left = []
            for request, key, item in zip(requests, keys, items, strict=True):
                if not self._world.calm and self._world.happens(self._world.trouble):
                    left.append(request)
                    continue
                if self._world.happens(0.2):  # not atomic: others see half a batch
                    self._world.pause()
                self._write(table, key, item)
            return {"UnprocessedItems": {table: left} if left else {}}

        return self._ask("BatchWriteItem", write)

    def query(self, *, TableName: str, KeyConditionExpression: str, **request: Any) -> dict[str, Any]:
        holds = condition(KeyConditionExpression, request.get("ExpressionAttributeNames"))
        values = request["ExpressionAttributeValues"]
        matching = lambda item: holds(item, values)  # noqa: E731
        return self._ask("Query", lambda: self._page(TableName, matching, request))

    def scan(self, *, TableName: str, **request: Any) -> dict[str, Any]:
        return self._ask("Scan", lambda: self._page(TableName, lambda _: True, request))

    def _page(self, table: str, matching: Any, request: dict[str, Any]) -> dict[str, Any]:
        partition, sort = self._keys[table]
        by = self._index_keys[table] if request.get("IndexName") else sort

        def order(item: Item) -> Key:
            return plain_value(item[by]), plain_value(item[sort])

        backwards = not request.get("ScanIndexForward", True)
        time = self._read_time(request.get("ConsistentRead", False), "ConsistentRead:query")
        found = sorted((item for _, item in self._seen(table, time) if matching(item)), key=order, reverse=backwards)
        if start := request.get("ExclusiveStartKey"):
            after = order(start)
            found = [item for item in found if (order(item) < after if backwards else order(item) > after)]
        size = min(request.get("Limit", 1_000_000), self._world.random.randint(1, 6))
        page = {"Items": found[:size]}
        if len(found) > size:
            last = found[size - 1]
            page["LastEvaluatedKey"] = {name: last[name] for name in {partition, sort, by}}  # type: ignore
        return page

    def _ask(self, operation: str, effect: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._world.troubled(operation, effect, _REFUSALS)
        return answer

    def _key(self, table: str, item: Item) -> Key:
        partition, sort = self._keys[table]
        return plain_value(item[partition]), plain_value(item[sort])

    def _read_time(self, consistent: bool, guard: str) -> int:
        """The time as of which a read sees the table: now, or a little earlier."""
        if consistent and guard not in self._blind_to:
            return self._now
        return self._now - self._world.random.choice((0, 0, 1, 3, 10))

    def _seen(self, table: str, time: int) -> Iterator[tuple[Key, Item]]:
        for key, versions in self._versions[table].items():
            item = next((item for written, item in reversed(versions) if written <= time), None)
            if item is not None:
                yield key, item

    def _now_at(self, table: str, key: Key) -> Item:
        versions = self._versions[table].get(key)
        return (versions[-1][1] if versions else None) or {}

    def _write(self, table: str, key: Key, item: Item | None) -> None:
        self._now += 1
        self._versions[table].setdefault(key, []).append((self._now, item))

    def _check_update(self, request: dict[str, Any]) -> None:
        self._check("UpdateItem", request["TableName"], self._key(request["TableName"], request["Key"]), request)

    def _update(self, request: dict[str, Any]) -> None:
        table, key = request["TableName"], self._key(request["TableName"], request["Key"])
        before = self._now_at(table, key) or request["Key"]
        after = updated(before, request["UpdateExpression"], request["ExpressionAttributeValues"])
        self._write(table, key, after)

    def _check(self, operation: str, table: str, key: Key, request: dict[str, Any]) -> None:
        expression = request.get("ConditionExpression")
        if expression is None or "ConditionExpression" in self._blind_to:
            return
        holds = condition(expression, request.get("ExpressionAttributeNames"))
        if not holds(self._now_at(table, key), request.get("ExpressionAttributeValues", {})):
            raise refused(operation, 400, "ConditionalCheckFailedException")
