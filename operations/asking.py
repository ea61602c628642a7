"""How operators' commands read the stores: with patient retries, and many requests at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from botocore.config import Config

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
