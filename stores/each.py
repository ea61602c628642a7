"""Parallelism of independent requests, as a parameter: a function passes threads, a test none."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

Given = TypeVar("Given")
Done = TypeVar("Done")


class Each(Protocol):
    """Applies a function to each value: `map`, or the `map` of a thread pool."""

    def __call__(self, do: Callable[[Given], Done], values: Iterable[Given], /) -> Iterable[Done]:
        """The results in the order of the values."""
