"""How many of several independent requests go at once: a function fills this seam with threads, a test with none."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

Given = TypeVar("Given")
Done = TypeVar("Done")


class Each(Protocol):
    """Applies a function to each value: `map`, or the `map` of a thread pool."""

    def __call__(self, do: Callable[[Given], Done], values: Iterable[Given], /) -> Iterable[Done]:
        """The results in the order of the values."""
