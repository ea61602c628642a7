"""How operators' commands read the stores: with patient retries, many requests at once, scans' items as plain JSON."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

import msgspec
from botocore.config import Config

from stores.requests import check_length
from stores.retries import CLIENT, CONNECTIONS, Retries, each_within

Given = TypeVar("Given")
Done = TypeVar("Done")

READER: Final = CLIENT.merge(Config(read_timeout=30))
"""A client waits longer for a slow answer than a function would."""

PATIENCE_SECONDS: Final = 120.0
"""Seconds for which one request is repeated if the user named no time."""

LEAST_PATIENCE_SECONDS: Final = 30.0
"""The least seconds for which one request is repeated, even without waiting for consumers: a store may throttle."""


def patient(wait_seconds: float = PATIENCE_SECONDS) -> Retries:
    """Retries of a reconciliation: a request is repeated as long as a consumer without progress is waited for.

    So a store that is silent for a while, as on a busy disk, does not end a verdict that has time.
    """
    return each_within(max(wait_seconds, LEAST_PATIENCE_SECONDS))


def in_order(do: Callable[[Given], Done], values: Iterable[Given], at_once: int = CONNECTIONS) -> Iterator[Done]:
    """The results in the order of the values; `at_once` requests run ahead, by default one a connection of the client.

    >>> list(in_order(abs, [-2, 1, -3]))
    [2, 1, 3]
    """
    with ThreadPoolExecutor(at_once) as pool:
        waiting: deque[Future[Done]] = deque()
        for value in values:
            waiting.append(pool.submit(do, value))
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def decode_items(client: Any) -> None:
    """Let the DynamoDB client return a scan's items as JSON has them, each value as `{type: text}`.

    botocore walks through each value by the service's model: 110 us an item, where plain decoding takes 6 us. Binary
    values stay Base64 text.
    """
    client.meta.events.register("before-parse.dynamodb.Scan", _decode)


def _decode(
    operation_model: Any, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    if response_dict["status_code"] != 200:
        return
    check_length(operation_model, response_dict)
    answer = msgspec.json.decode(response_dict["body"])
    customized_response_dict["Items"] = answer.pop("Items")
    response_dict["body"] = msgspec.json.encode(answer)
    response_dict["headers"]["content-length"] = str(len(response_dict["body"]))
