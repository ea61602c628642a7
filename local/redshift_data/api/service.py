"""The Data API over HTTP: AWS JSON 1.1, signed by the laptop's keys, or by a role's, which is held to its policies."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec
from aiohttp import web

from local.http import BodyTooLarge, HttpRequest, head, http_request, stranger
from local.permissions.book import AccessDenied, Book
from local.permissions.calls import redshift_calls
from local.redshift_data.api.operations import DataApi, refusal_body
from local.redshift_data.api.refusals import (
    AccessDeniedException,
    InternalServerException,
    Refusal,
    ValidationException,
)
from local.sigv4 import Keys, Scope, SignatureRefused, claimed_key_id, verify, verify_head

TARGET: Final = "RedshiftData."
MAX_BODY_BYTES: Final = 40 * 100 * 1024 * 6 + 1024 * 1024
"""Forty statements of 100 KB, each byte escaped, and the rest of the request."""

CALLS: Final = 64
"""Calls that may wait at the same time."""

_log: Final = logging.getLogger(__name__)


class _NotSigned(Refusal):
    def __init__(self, refused: SignatureRefused) -> None:
        super().__init__(str(refused))
        self.kind = refused.kind


class Service:
    """Answers requests; an HTTP server uses it as the handler."""

    def __init__(
        self,
        api: DataApi,
        keys: Keys,
        region: str,
        book: Book | None = None,
        workgroups: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`keys` and those of the book's roles may sign; `workgroups` has their ARNs by name."""
        self._api = api
        self._keys = keys
        self._book = book
        self._workgroups = workgroups
        self._scope = Scope(region, "redshift-data")
        self._threads = ThreadPoolExecutor(CALLS, thread_name_prefix="call")

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a call of the Redshift Data API, or refuse it with the error that AWS gives."""
        try:
            if why := stranger(request):
                raise AccessDeniedException(why)
            self._authorize(head(request), verify_head)  # before a byte of the body is read
            sent = await http_request(request, MAX_BODY_BYTES)
            body = await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, sent)
            return _response(200, body)
        except BodyTooLarge:
            refusal: Refusal = ValidationException("The request is too large")
        except Refusal as refused:
            refusal = refused
        except Exception:  # noqa: BLE001  # the server lives on, and the log says why the call did not
            _log.exception("a call failed")
            refusal = InternalServerException("The laptop's Redshift failed: see its log")
        return _response(refusal.status, refusal_body(refusal), refusal.kind)

    def _authorize(self, sent: HttpRequest, check: Callable[..., None]) -> None:
        try:
            check(sent, self._keys_of(sent), self._scope, datetime.now(UTC))
        except SignatureRefused as refused:
            raise _NotSigned(refused) from None

    def _keys_of(self, sent: HttpRequest) -> Keys:
        """The keys that the request claims, if they are a role's; else the laptop's."""
        known = self._book.keys if self._book else {}
        return known.get(claimed_key_id(sent), self._keys)

    def _check(self, sent: HttpRequest, operation: str, request: Any) -> None:
        """Raise `AccessDeniedException` if a role asks for what its policies do not allow."""
        key_id = self._keys_of(sent).access_key_id
        if self._book and key_id in self._book.keys:
            try:
                self._book.check(key_id, redshift_calls(operation, request, self._workgroups))
            except AccessDenied as refused:
                raise AccessDeniedException(str(refused)) from None

    def _answer(self, sent: HttpRequest) -> bytes:
        self._authorize(sent, verify)
        headers = {name.lower(): value for name, value in sent.headers}
        action = headers.get("x-amz-target", "")
        if sent.method != "POST" or not action.startswith(TARGET):
            raise ValidationException("X-Amz-Target must name an action of RedshiftData")
        try:
            request = msgspec.json.decode(sent.body)
        except msgspec.DecodeError as error:
            raise ValidationException(f"The request's body is not JSON: {error}") from None
        operation = action.removeprefix(TARGET)
        self._check(sent, operation, request)
        return msgspec.json.encode(self._api.call(operation, request))


def _response(status: int, body: bytes, kind: str | None = None) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": "application/x-amz-json-1.1"}
    return web.Response(status=status, body=body, headers=headers | ({"x-amzn-ErrorType": kind} if kind else {}))
