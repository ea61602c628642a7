"""Retries of AWS requests: which errors allow one, how long to wait before it, and when to stop.

botocore tries a request once (`CLIENT`). What is refused, or has no whole answer, is asked again here, with full
jitter, inside the time that the caller has, and raised when that runs out: the event source tries the whole batch
again. No request outlasts that time either (`stores.requests`).
"""

import random
import time
from collections.abc import Callable
from math import inf
from typing import Final, Protocol, TypeVar

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError, IncompleteReadError

from commerce.backoff import full_jitter
from commerce.errors import TillstreamError
from stores.requests import ending_within

CONNECTIONS: Final = 16

CONNECT_SECONDS: Final = 1
READ_SECONDS: Final = 10

CLIENT: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    max_pool_connections=CONNECTIONS,
)
"""The functions' botocore settings: a request without an answer for 10 s is repeated, by `Retries` alone."""

_FIRST_SECONDS: Final = 0.05
_LONGEST_SECONDS: Final = 5.0
_MARGIN_SECONDS: Final = 2.0
"""Seconds of the caller's time kept for raising an error before Lambda kills the invocation."""

_INVITING: Final = {
    "ActiveSessionsExceededException",
    "ActiveStatementsExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    # 409 is a race, not a loss: S3 asks for the same request again
    "ConditionalRequestConflict",
    "OperationAborted",
}

FAILURES: Final = (ClientError, ConnectionError, HTTPClientError, IncompleteReadError)
"""botocore's errors of a request that was refused, or that got no whole answer."""

Answer = TypeVar("Answer")
Part = TypeVar("Part")


class Clock(Protocol):
    """The remaining time, as in Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation is killed."""


class OutOfTime(TillstreamError):
    """The requests could not all be completed in the caller's time."""


class Retries:
    """Repeats requests while time remains, and lets none outlast it.

    `remaining` says the seconds that the caller has left; `attempts` bounds how often one request is asked. `sleep` and
    `jitter` (a number from 0 to 1) are seams for tests.
    """

    def __init__(
        self,
        remaining: Callable[[], float],
        *,
        attempts: int = 1_000_000,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._remaining = remaining
        self._attempts = attempts
        self._sleep = sleep
        self._jitter = jitter

    def ask(self, request: Callable[[], Answer]) -> Answer:
        """The answer to the request, which may be carried out more than once; raises its last error.

        Raises `OutOfTime` without asking where no time is left.
        """
        attempt = 0
        if self._remaining() <= 0:
            raise OutOfTime("no time is left to ask a store")
        while True:
            try:
                with ending_within(self._remaining):
                    return request()
            except FAILURES as error:
                if not invites(error) or not self.wait(attempt):
                    raise
            attempt += 1

    def drain(self, ask: Callable[[list[Part]], list[Part]], parts: list[Part], failure: str) -> None:
        """Ask for the parts, and again for those that `ask` answers as unprocessed, until none is left.

        Raises `OutOfTime` with `failure` and how many are left when no time is.
        """
        attempt = 0
        while parts := ask(parts):
            if not self.wait(attempt):
                raise OutOfTime(f"{failure}: {len(parts)} are left")
            attempt += 1

    def wait(self, attempt: int) -> bool:
        """Sleep before the next try, after this many earlier waits; False at once if no time is left."""
        seconds = full_jitter(attempt, _FIRST_SECONDS, _LONGEST_SECONDS, self._jitter)
        if attempt + 1 >= self._attempts or self._remaining() - seconds < _MARGIN_SECONDS:
            return False
        self._sleep(seconds)
        return True


def within(seconds: float, *, attempts: int = 1_000_000) -> Retries:
    """Retries for a caller who waits this long from now."""
    end = time.monotonic() + seconds
    return Retries(lambda: end - time.monotonic(), attempts=attempts)


class _EachWithin(Retries):
    def __init__(self, seconds: float) -> None:
        super().__init__(lambda: seconds)
        self._seconds = seconds

    def ask(self, request: Callable[[], Answer]) -> Answer:
        return within(self._seconds).ask(request)

    def drain(self, ask: Callable[[list[Part]], list[Part]], parts: list[Part], failure: str) -> None:
        within(self._seconds).drain(ask, parts, failure)


def each_within(seconds: float) -> Retries:
    """Retries for a caller who waits this long for each answer, counted from its first request."""
    return _EachWithin(seconds)


def within_invocation(context: Clock, *, attempts: int = 1_000_000) -> Retries:
    """Retries inside what remains of a Lambda invocation."""
    return Retries(lambda: context.get_remaining_time_in_millis() / 1000, attempts=attempts)


def never() -> Retries:
    """Retries that repeat nothing: a request is asked once, in its client's own time."""
    return Retries(lambda: inf, attempts=1)


def invites(error: Exception) -> bool:
    """Whether the error allows the same request again: throttling, a conflict, a fault of the server or on the way."""
    if not isinstance(error, ClientError):
        return True
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status in (409, 429) or status >= 500 or code(error) in _INVITING


def code(error: ClientError) -> str:
    """The error's code as AWS writes it, such as `ConditionalCheckFailedException`."""
    return str(error.response.get("Error", {}).get("Code", ""))
