"""A DynamoDB of two tables that takes a few writes a second, on a clock of its own."""

from collections import defaultdict
from typing import Any

from stores.dynamodb.items import Item

READ_SECONDS = 0.005


class TimedOut(Exception):
    """Lambda killed the function: its time is over."""


class SlowStore:
    """The tables `invoices` and `customers`; each write takes its part of a second, and no request outlasts Lambda."""

    def __init__(self, writes_a_second: float) -> None:
        self.now = 0.0
        self.writes = 0
        self.invoices: dict[str, dict[str, Item]] = defaultdict(dict)
        self.customers: dict[tuple[str, str], Item] = {}
        self._write_seconds = 1 / writes_a_second
        self._killed_at = 0.0

    def begin(self, seconds: float) -> None:
        """Begin an invocation with this time-out."""
        self._killed_at = self.now + seconds

    def get_remaining_time_in_millis(self) -> int:
        """The remaining time of the invocation, as in Lambda's context."""
        return round(1000 * (self._killed_at - self.now))

    def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:
        for request in RequestItems["invoices"]:
            self._write()
            item = request["PutRequest"]["Item"]
            self.invoices[item["InvoiceNo"]["N"]][item["LineKey"]["S"]] = item
        return {}

    def put_item(self, *, Item: Item, **_: Any) -> dict[str, Any]:
        self._write()
        self.customers[Item["CustomerID"]["N"], Item["InvoiceNo"]["S"]] = Item
        return {}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:
        keys = [(key["CustomerID"]["N"], key["InvoiceNo"]["S"]) for key in RequestItems["customers"]["Keys"]]
        self._pass(READ_SECONDS)
        return {"Responses": {"customers": [self.customers[key] for key in keys if key in self.customers]}}

    def query(self, *, ExpressionAttributeValues: Item, **_: Any) -> dict[str, Any]:
        self._pass(READ_SECONDS)
        values = ExpressionAttributeValues
        stored = self.invoices[values[":number"]["N"]]
        if ":key" in values:
            return {"Items": [item for key, item in stored.items() if key == values[":key"]["S"]]}
        return {"Items": list(stored.values())}

    def _write(self) -> None:
        self.writes += 1
        self._pass(self._write_seconds)

    def _pass(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self._killed_at:
            raise TimedOut
