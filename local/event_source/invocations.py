"""Invokes a function by Lambda's Invoke API, over one kept-alive connection."""

import http.client
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final
from urllib.parse import quote, urlsplit

from local.lambda_runtime.failures import reason
from local.sigv4 import Signer

IDLE_SECONDS: Final = 30.0
"""Seconds after which an idle connection is opened again: the server may be about to close it."""

SPARE_SECONDS: Final = 60.0
"""Seconds beyond the function's own time-out: for a cold start, and a queue before a busy worker."""

FIRST_BACKOFF_SECONDS: Final = 0.1
LONGEST_BACKOFF_SECONDS: Final = 10.0
LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True)
class Invocation:
    """The end of an invocation: `error` is the reason of a failure, `body` what the function returned.

    `ran` is false where Lambda did not run the function, since it throttled or refused the call, or did not answer.
    """

    error: str | None
    ran: bool
    body: bytes = b""
    request_id: str = ""


class Function:
    """One function; not to be shared by threads."""

    def __init__(self, endpoint: str, name: str, timeout_seconds: float, signer: Signer) -> None:
        """`endpoint` is the address of the Lambda service; `timeout_seconds` is the function's own."""
        address = urlsplit(endpoint)
        self._host, self._signer = address.netloc, signer
        self._path = f"/2015-03-31/functions/{quote(name, safe='')}/invocations"
        self._connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=timeout_seconds + SPARE_SECONDS
        )
        self._used = monotonic()

    def invoke(self, payload: bytes) -> Invocation:
        """Run the function on this event and wait for its answer; a silent or missing Lambda is one too."""
        if monotonic() - self._used > IDLE_SECONDS:
            self._connection.close()
        headers = self._signer.headers("POST", self._host, self._path, payload, datetime.now(UTC))
        try:
            self._connection.request("POST", self._path, payload, {"Content-Type": "application/json", **headers})
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Invocation(f"no answer from Lambda: {error!r}", ran=False)
        finally:
            self._used = monotonic()
        why = failure(response.status, response.getheader("X-Amz-Function-Error"), body)
        return Invocation(why, response.status == 200, body, response.getheader("X-Amzn-RequestId", ""))

    def close(self) -> None:
        """Close the connection to the Lambda service."""
        self._connection.close()


def failure(status: int, function_error: str | None, body: bytes) -> str | None:
    """The reason why an answer of the Invoke API is a failure; None if it is a success.

    >>> failure(200, "Unhandled", b'{"errorType":"ValueError","errorMessage":"no line"}')
    'Unhandled ValueError: no line'
    >>> failure(429, None, b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}')
    '429 {"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}'
    """
    if status == 200 and function_error is None:
        return None
    if status == 200:
        return f"{function_error} {reason(body)}"[:LONGEST_REASON]
    return f"{status} {body.decode('utf-8', 'replace')}"[:LONGEST_REASON]


def backoff_seconds(attempt: int) -> float:
    """Seconds to wait after the failed attempt of this number (1 is the first).

    >>> [backoff_seconds(attempt) for attempt in (1, 2, 3, 8, 1000)]
    [0.1, 0.2, 0.4, 10.0, 10.0]
    """
    return min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0 ** min(attempt - 1, 30))
