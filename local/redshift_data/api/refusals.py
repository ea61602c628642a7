"""The Data API's error answers, in AWS's shapes."""

from typing import Any


class Refusal(Exception):
    """An error answer of the API: `kind` is AWS's error type, `fields` are members beside its message."""

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


class ResourceNotFoundException(Refusal):
    """No statement of that id, or none with a result; `ResourceId` names it."""

    kind = "ResourceNotFoundException"


class ActiveStatementsExceededException(Refusal):
    """Too many statements wait or run."""

    kind = "ActiveStatementsExceededException"


class InternalServerException(Refusal):
    """The emulator itself is at fault."""

    status = 500
