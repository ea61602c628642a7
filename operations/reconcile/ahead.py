"""Runs many small requests at once and yields their answers in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from stores.retries import CONNECTIONS

Given = TypeVar("Given")
Done = TypeVar("Done")


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
