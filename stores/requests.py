"""Rules that all AWS requests of this process keep: they end within their caller's time, and take a whole answer only.

botocore's own time-outs are fixed when a client is made, and it takes an answer that breaks off for a whole one: of a
body that is empty, `GetItem` makes "no such item" and `BatchWriteItem` "nothing is left".
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from botocore import register_initializer
from botocore.exceptions import ResponseStreamingError

_REMAINING: ContextVar[Callable[[], float] | None] = ContextVar("remaining", default=None)

_SMALLEST_PART: Final = 0.25
_SPARE_SECONDS: Final = 0.5
"""Seconds that a request leaves of its caller's time, to raise an error in."""


@contextmanager
def ending_within(remaining: Callable[[], float]) -> Iterator[None]:
    """Bound each request of this thread by the seconds that `remaining` says, until the block ends."""
    token = _REMAINING.set(remaining)
    try:
        yield
    finally:
        _REMAINING.reset(token)


def read_seconds(left: float, connect_seconds: float, most: float) -> float:
    """The read time-out, at most `most`, of a request whose caller has `left` seconds.

    A silent server is waited for twice at most, for the head of its answer and for the rest, after a connection that
    may take its whole time.

    >>> read_seconds(300, 1, 10), read_seconds(12, 1, 10), read_seconds(2, 1, 10)
    (10, 5.25, 0.5)
    """
    return min(most, max((left - connect_seconds - _SPARE_SECONDS) / 2, left * _SMALLEST_PART))


def _bound(request: Any, **_: Any) -> None:
    """Set the read time-out of a request that is about to be signed and sent."""
    remaining = _REMAINING.get()
    if remaining is not None:
        config = request.context["client_config"]
        request.context["read_timeout"] = read_seconds(remaining(), config.connect_timeout, config.read_timeout)


def _check_length(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """Raise the error of a broken connection where the body of an answer is shorter than its head says."""
    body, length = response_dict["body"], response_dict["headers"].get("content-length")
    if length is None or not isinstance(body, bytes) or operation_model.http.get("method") == "HEAD":
        return
    if len(body) < int(length):
        raise ResponseStreamingError(
            error=f"{operation_model.name}: the answer ends after {len(body)} of {length} bytes"
        )


def _keep(session: Any) -> None:
    session.register("request-created", _bound)
    session.register("before-parse", _check_length)


# every session made from now on, so that no client can be made without them
register_initializer(_keep)
