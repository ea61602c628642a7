"""Reasons why an invocation never reached its function.

InvokeRefused
├── UnknownFunction     404 ResourceNotFoundException
├── Throttled           429 TooManyRequestsException
├── RequestTooLarge     413 RequestTooLargeException
├── UnsupportedInvoke   400 InvalidParameterValueException
└── NotSigned           403, of AWS's kind for what is wrong with the signature
"""

from typing import ClassVar, Final

MAX_REQUEST_BYTES: Final = 6 * 1024 * 1024
"""Lambda's quota of a synchronous request."""

MAX_RESPONSE_BYTES: Final = 6 * 1024 * 1024 + 100
"""Lambda's quota of a synchronous response, which in fact is 6 MB and 100 bytes (AWS's error message says so)."""


class InvokeRefused(Exception):
    """Lambda did not take the invocation; `status`, `kind` and the text are those of AWS's Invoke API."""

    status: ClassVar[int]
    kind: str
    reason: ClassVar[str | None] = None


class UnknownFunction(InvokeRefused):
    """The platform has no function of that name."""

    status = 404
    kind = "ResourceNotFoundException"


class Throttled(InvokeRefused):
    """The function already runs as many invocations as its concurrency allows."""

    status = 429
    kind = "TooManyRequestsException"
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"


class RequestTooLarge(InvokeRefused):
    """The payload is larger than Lambda accepts."""

    status = 413
    kind = "RequestTooLargeException"

    def __init__(self) -> None:
        super().__init__(f"Request must be smaller than {MAX_REQUEST_BYTES} bytes for the InvokeFunction operation")


class UnsupportedInvoke(InvokeRefused):
    """A feature of AWS's Invoke API that the laptop's lacks."""

    status = 400
    kind = "InvalidParameterValueException"


class NotSigned(InvokeRefused):
    """The request is not signed by the laptop's keys, or may come from a web page."""

    status = 403

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
