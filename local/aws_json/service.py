"""The server of a local service: AWS's JSON protocol over HTTP, signed by keys that the service knows."""

import asyncio
import logging
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import msgspec
from aiohttp import web

from local.aws_json.refusals import (
    AccessDeniedException,
    InternalServerException,
    Refusal,
    ValidationException,
    refusal_body,
)
from local.http import BodyTooLarge, HttpRequest, head, http_request, stranger
from local.sigv4 import Keys, Scope, SignatureRefused, verify, verify_head

CALLS: Final = 64
"""Calls that may wait at the same time."""

_log: Final = logging.getLogger(__name__)


class _NotSigned(Refusal):
    def __init__(self, refused: SignatureRefused) -> None:
        super().__init__(str(refused))
        self.kind = refused.kind


class JsonService(ABC):
    """Answers requests; an HTTP server uses it as the handler. Calls run in threads, several at a time."""

    name: ClassVar[str]
    """The service as a message names it."""
    signing_name: ClassVar[str]
    target: ClassVar[str]
    """The words before the action in the header X-Amz-Target."""
    most_bytes: ClassVar[int]
    """The largest body of a request."""

    def __init__(self, keys: Keys, region: str) -> None:
        """`keys` may sign."""
        self._keys = keys
        self._scope = Scope(region, self.signing_name)
        self._threads = ThreadPoolExecutor(CALLS, thread_name_prefix="call")

    @abstractmethod
    def call(self, sent: HttpRequest, action: str, request: Any) -> Any:
        """The answer to one signed call; raises `Refusal`."""

    def keys_of(self, sent: HttpRequest) -> Keys:
        """The keys with which the request must be signed."""
        return self._keys

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a call, or refuse it with the error that AWS gives."""
        try:
            if why := stranger(request):
                raise AccessDeniedException(why)
            self._authorize(head(request), verify_head)  # before a byte of the body is read
            sent = await http_request(request, self.most_bytes)
            return _response(200, await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, sent))
        except BodyTooLarge:
            refusal: Refusal = ValidationException("The request is too large")
        except Refusal as refused:
            refusal = refused
        except Exception:  # noqa: BLE001  # the server lives on, and the log says why the call did not
            _log.exception("a call failed")
            refusal = InternalServerException(f"The laptop's {self.name} failed: see its log")
        return _response(refusal.status, refusal_body(refusal), refusal.kind)

    def _authorize(self, sent: HttpRequest, check: Callable[..., None]) -> None:
        try:
            check(sent, self.keys_of(sent), self._scope, datetime.now(UTC))
        except SignatureRefused as refused:
            raise _NotSigned(refused) from None

    def _answer(self, sent: HttpRequest) -> bytes:
        self._authorize(sent, verify)
        headers = {name.lower(): value for name, value in sent.headers}
        action = headers.get("x-amz-target", "")
        if sent.method != "POST" or not action.startswith(self.target):
            raise ValidationException(f"X-Amz-Target must name an action of {self.target.rstrip('.')}")
        try:
            request = msgspec.json.decode(sent.body)
        except msgspec.DecodeError as error:
            raise ValidationException(f"The request's body is not JSON: {error}") from None
        return msgspec.json.encode(self.call(sent, action.removeprefix(self.target), request))


def _response(status: int, body: bytes, kind: str | None = None) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": "application/x-amz-json-1.1"}
    return web.Response(status=status, body=body, headers=headers | ({"x-amzn-ErrorType": kind} if kind else {}))
