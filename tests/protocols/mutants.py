"""Code with one guard removed, to show that the schedules notice it."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def mutated(function: Callable[..., Any], guard: str, instead: str) -> Iterator[None]:
    """Replace `guard` by `instead` in the function inside the block, for everybody who has imported it.

    Fails where the function no longer reads so: a mutant that changes nothing would prove nothing.
    """
    source = textwrap.dedent(inspect.getsource(function))
    times = source.count(guard)
    assert times == 1, f"{function.__qualname__} reads {guard!r} {times} times: write this mutant anew"
    namespace = dict(function.__globals__)
    exec(compile(source.replace(guard, instead), f"<mutant of {function.__qualname__}>", "exec"), namespace)
    original = function.__code__
    function.__code__ = namespace[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = original
