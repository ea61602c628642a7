"""The outcome of an invocation, in Lambda's words."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from local.lambda_runtime.errors import MAX_RESPONSE_BYTES

UNHANDLED = "Unhandled"
"""The only value of `X-Amz-Function-Error`; AWS keeps it for every error of a function."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """The answer of one invocation: the function's result, or its error as JSON with `function_error` set."""

    request_id: str
    payload: bytes
    function_error: str | None = None


def timed_out(request_id: str, seconds: float) -> Invocation:
    """The function ran longer than its time-out and was killed."""
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return _failed(request_id, {"errorType": "Sandbox.Timedout", "errorMessage": message})


def exited(request_id: str, returncode: int | None) -> Invocation:
    """The function's process ended before it answered; a negative code is the signal that ended it."""
    message = f"RequestId: {request_id} Error: Runtime exited {_ending(returncode)}"
    return _failed(request_id, {"errorType": "Runtime.ExitError", "errorMessage": message})


def not_started(request_id: str, why: str) -> Invocation:
    """The function's process could not be started at all."""
    message = f"RequestId: {request_id} Error: {why}"
    return _failed(request_id, {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": message})


def too_large(request_id: str) -> Invocation:
    """The function's answer exceeds what Lambda passes on."""
    message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
    return _failed(request_id, {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message})


def _failed(request_id: str, error: Mapping[str, str]) -> Invocation:
    return Invocation(request_id, msgspec.json.encode(error), UNHANDLED)


def _ending(returncode: int | None) -> str:
    if not returncode:
        return "without providing a reason"
    if returncode > 0:
        return f"with error: exit status {returncode}"
    # Go, in which Lambda's supervisor is written, spells signals so.
    words = {-9: "killed", -11: "segmentation fault", -6: "aborted", -15: "terminated"}
    return f"with error: signal: {words.get(returncode, -returncode)}"


def new_trace_id() -> str:
    """A new root as X-Ray writes it, not sampled: `Root=1-<seconds in hex>-<96 random bits>;Sampled=0`."""
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()};Sampled=0"
