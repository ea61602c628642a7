"""Many independent requests: cut into batches, and run in parallel by a parameter."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol, TypeVar

Given = TypeVar("Given")
Done = TypeVar("Done")


class Each(Protocol):
    """Applies a function to each value: `map`, or the `map` of a thread pool."""

    def __call__(self, do: Callable[[Given], Done], values: Iterable[Given], /) -> Iterable[Done]:
        """The results in the order of the values."""


def batches(values: Iterable[Given], size: int) -> Iterator[list[Given]]:
    """The values in lists of this size; the last one may be shorter.

    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
