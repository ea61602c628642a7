"""The error answers of a local service, in AWS's shapes."""

from typing import Any

import msgspec


class Refusal(Exception):
    """An error answer of a service: `kind` is AWS's error type, `fields` are members beside its message."""

    kind = "InternalServerException"
    status = 400

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.fields = fields


class ValidationException(Refusal):
    """The request itself is wrong."""

    kind = "ValidationException"


class AccessDeniedException(Refusal):
    """The request may come from a web page, or its role may not make it."""

    kind = "AccessDeniedException"
    status = 403


class InternalServerException(Refusal):
    """The emulator itself is at fault."""

    status = 500


def refusal_body(refusal: Refusal) -> bytes:
    """The error as AWS's JSON protocol writes it."""
    return msgspec.json.encode({"__type": refusal.kind, "Message": str(refusal), **refusal.fields})
