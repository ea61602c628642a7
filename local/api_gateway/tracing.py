"""The trace of each request, as API Gateway begins it or goes on with that of its client."""

import re
from collections.abc import Callable
from os import urandom
from random import random
from time import monotonic, time
from typing import Final

from commerce.traces import ROOT
from local.api_gateway.throttling import TokenBucket

HEADER: Final = "X-Amzn-Trace-Id"

_FIXED_RATE: Final = 0.05
_SENT: Final = re.compile(rf"(?:^|;)Root=({ROOT})(?:;|$)")
_DECIDED: Final = re.compile(r"(?:^|;)Sampled=([01])(?:;|$)")


class Sampling:
    """X-Ray's default rule: the first request of each second is sampled, and 5 % of the others."""

    def __init__(self, clock: Callable[[], float] = monotonic, chance: Callable[[], float] = random) -> None:
        self._reservoir = TokenBucket(1, 1, clock)
        self._chance = chance

    def __call__(self) -> bool:
        """Whether the next request is sampled."""
        return self._reservoir.take() or self._chance() < _FIXED_RATE


def trace_of(sent: str, sampling: Callable[[], bool]) -> str:
    """The trace of a request whose client sent this header, or an empty one.

    A client that has begun a trace decides whether it is sampled.

    >>> trace_of("Root=1-5e9a1f00-0123456789abcdef01234567;Sampled=0", lambda: True)
    'Root=1-5e9a1f00-0123456789abcdef01234567;Sampled=0'
    """
    begun, decided = _SENT.search(sent), _DECIDED.search(sent)
    root = begun[1] if begun else f"1-{int(time()):08x}-{urandom(12).hex()}"
    sampled = decided[1] == "1" if begun and decided else sampling()
    return f"Root={root};Parent={urandom(8).hex()};Sampled=1" if sampled else f"Root={root};Sampled=0"
