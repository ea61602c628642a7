"""How a reconciliation asks the stores: patiently, and taking a scan's items as they come."""

from typing import Any, Final

import msgspec
from botocore.config import Config

from stores.retries import CLIENT

READER: Final = CLIENT.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=30))
"""A slow answer is waited for longer than a function would, and asked for again by `stores.retries` alone."""

PATIENCE_SECONDS: Final = 120.0
"""How long one request is asked again, whatever its answer: somebody waits at a terminal."""


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
