"""How a reconciliation asks the stores: patiently, and taking a scan's items as they come."""

from typing import Any, Final

import msgspec
from botocore.config import Config

from stores.retries import CLIENT, Retries, each_within

READER: Final = CLIENT.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=30))
"""A slow answer is waited for longer than a function would, and asked for again by `stores.retries` alone."""

PATIENCE_SECONDS: Final = 120.0
"""How long one request is asked again where nobody said how long to wait."""

LEAST_PATIENCE_SECONDS: Final = 30.0
"""How long one request is asked again also by who does not wait for the consumers: a store may throttle."""


def patient(wait_seconds: float = PATIENCE_SECONDS) -> Retries:
    """Retries of a reconciliation: each request is asked again as long as a consumer that stands still is waited for.

    So a store that is silent for a while, as on a busy disk, does not end a verdict that has time.
    """
    return each_within(max(wait_seconds, LEAST_PATIENCE_SECONDS))


def decode_items(client: Any) -> None:
    """Let the client of DynamoDB take the items of its scans as JSON says them, a value each as `{type: text}`.

    botocore walks through each value by the service's model: 110 us an item, where plain decoding takes 6 us. Binary
    values stay Base64 text.
    """
    client.meta.events.register("before-parse.dynamodb.Scan", _decode)


def _decode(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    if response_dict["status_code"] != 200:
        return
    answer = msgspec.json.decode(response_dict["body"])
    customized_response_dict["Items"] = answer.pop("Items")
    response_dict["body"] = msgspec.json.encode(answer)
