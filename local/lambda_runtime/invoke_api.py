"""AWS's Invoke API over HTTP, for boto3 and for the event source: synchronous invocations only.

It checks signatures as AWS does, from the head first: nobody's body is read who does not know the laptop's keys.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

import msgspec
from aiohttp import web

from local.http import BodyTooLarge, HttpRequest, head, http_request, stranger
from local.lambda_runtime.errors import (
    MAX_REQUEST_BYTES,
    InvokeRefused,
    NotSigned,
    RequestTooLarge,
    UnknownFunction,
    UnsupportedInvoke,
)
from local.lambda_runtime.invocation import Invocation
from local.lambda_runtime.service import LambdaService
from local.sigv4 import Keys, Scope, SignatureRefused, verify, verify_head

SERVICE: Final = "lambda"
PREFIX: Final = "/2015-03-31/functions/"
SUFFIX: Final = "/invocations"


class InvokeApi:
    """Answers `POST /2015-03-31/functions/NAME/invocations`; NAME may be an ARN."""

    def __init__(self, service: LambdaService, keys: Keys, region: str) -> None:
        """`service` runs the functions; `keys` are the only ones that may sign."""
        self._service = service
        self._keys = keys
        self._scope = Scope(region, SERVICE)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a call of Lambda's Invoke API with the function's result, or with an error of the service."""
        try:
            return _answer(await self._invoke(request))
        except InvokeRefused as refused:
            return _refusal(refused)

    async def _invoke(self, request: web.BaseRequest) -> Invocation:
        self._admit(request)
        path = request.raw_path.partition("?")[0]
        if request.method != "POST" or not (path.startswith(PREFIX) and path.endswith(SUFFIX)):
            raise UnknownFunction(f"The laptop's Lambda has no {request.method} {path}: it can only invoke")
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind != "RequestResponse":
            raise UnsupportedInvoke(f"The laptop's Lambda has no invocation type {kind}: only RequestResponse")
        name = unquote(path[len(PREFIX) : -len(SUFFIX)])
        try:
            sent = await http_request(request, MAX_REQUEST_BYTES)
        except BodyTooLarge:
            raise RequestTooLarge from None
        self._check(verify, sent)
        return await self._service.invoke(name.rpartition(":function:")[2], sent.body or b"{}")

    def _admit(self, request: web.BaseRequest) -> None:
        """Refuse by the head of a request what no body could make right."""
        if why := stranger(request):
            raise NotSigned("AccessDeniedException", why)
        self._check(verify_head, head(request))

    def _check(self, check: Callable[..., None], sent: HttpRequest) -> None:
        try:
            check(sent, self._keys, self._scope, datetime.now(UTC))
        except SignatureRefused as refused:
            raise NotSigned(refused.kind, str(refused)) from None


def _answer(invocation: Invocation) -> web.Response:
    headers = {"X-Amzn-RequestId": invocation.request_id, "X-Amz-Executed-Version": "$LATEST"}
    if invocation.function_error:
        headers["X-Amz-Function-Error"] = invocation.function_error
    return web.Response(body=invocation.payload, headers=headers, content_type="application/json")


def _refusal(refused: InvokeRefused) -> web.Response:
    # AWS's model of these errors: most spell it `Message`, throttling spells it `message`.
    name = "message" if refused.reason else "Message"
    body = {"Type": "User", name: str(refused)} | ({"Reason": refused.reason} if refused.reason else {})
    return web.Response(
        status=refused.status,
        body=msgspec.json.encode(body),
        headers={"X-Amzn-ErrorType": refused.kind},
        content_type="application/json",
    )
