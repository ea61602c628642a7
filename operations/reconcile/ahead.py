"""Many small requests at once, their answers in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from stores.retries import CONNECTIONS

Given = TypeVar("Given")
Done = TypeVar("Done")


def in_order(do: Callable[[Given], Done], values: Iterable[Given]) -> Iterator[Done]:
    """The results in the order of the values; as many are asked for ahead as a client has connections.

    >>> list(in_order(abs, [-2, 1, -3]))
    [2, 1, 3]
    """
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        waiting: deque[Future[Done]] = deque()
        for value in values:
            waiting.append(pool.submit(do, value))
            if len(waiting) > CONNECTIONS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
