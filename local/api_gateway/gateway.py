"""API Gateway on the laptop: stages, routes, signatures, throttling, limits, and Lambda proxy integrations."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from local.api_gateway.proxy_events import (
    IAM,
    Call,
    GatewayAnswer,
    MalformedAnswer,
    gateway_answer,
    proxy_event,
    readable,
)
from local.api_gateway.routes import Match, Routes
from local.api_gateway.throttling import TokenBucket
from local.api_gateway.tracing import HEADER as TRACE
from local.api_gateway.tracing import Sampling, trace_of
from local.http import BodyTooLarge, HttpRequest, head, http_request, stranger
from local.lambda_runtime.errors import InvokeRefused, RequestTooLarge
from local.lambda_runtime.invocation import Invocation
from local.lambda_runtime.service import LambdaService
from local.platform import Api
from local.sigv4 import Keys, Scope, SignatureRefused, verify, verify_head

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
TIMEOUT_SECONDS: Final = 29.0
BODY_SECONDS: Final = 30.0
"""Seconds for a body to arrive whole: a slower one, or one in broken chunks, is answered with 408."""

SERVICE: Final = "execute-api"

_log: Final = logging.getLogger(__name__)


class _Refused(Exception):
    """An answer that the gateway gives itself, in AWS's words; `why` is for the log only."""

    def __init__(self, status: int, kind: str, body: bytes, why: str = "") -> None:
        super().__init__(why)
        self.answer = GatewayAnswer(status, (("Content-Type", "application/json"), ("x-amzn-ErrorType", kind)), body)


@dataclass(frozen=True, slots=True)
class _Stage:
    name: str
    api_id: str
    routes: Routes
    bucket: TokenBucket | None


class Gateway:
    """Serves APIs, each under its stage; an HTTP server uses it as the handler."""

    def __init__(
        self,
        apis: Iterable[Api],
        service: LambdaService,
        *,
        keys: Keys,
        region: str,
        account: str,
        timeout_seconds: float = TIMEOUT_SECONDS,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        """`keys` are the only ones that may sign; `service` runs the routes' functions."""
        self._stages: dict[str, _Stage] = {}
        self._sampling: Callable[[], bool] = bool
        for api in apis:
            if api.traced:
                self._sampling = Sampling()
            if api.stage in self._stages:
                raise ValueError(f"two APIs have the stage {api.stage}: one gateway cannot tell them apart")
            self._stages[api.stage] = _Stage(api.stage, api.name, Routes(api.routes), _bucket(api))
        self._service = service
        self._keys = keys
        self._scope = Scope(region, SERVICE)
        self._account = account
        self._timeout_seconds = timeout_seconds
        self._body_seconds = body_seconds

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request to the API: by the Lambda function of its route, or by an error of API Gateway."""
        request_id = str(uuid.uuid4())
        trace = trace_of(request.headers.get(TRACE, ""), self._sampling)
        try:
            answer = await self._answer(request, request_id, trace)
        except _Refused as refused:
            answer = refused.answer
            if answer.status >= 500:
                line = {"request_id": request_id, "method": request.method, "path": request.raw_path}
                _log.error(msgspec.json.encode({**line, "status": answer.status, "why": str(refused)}).decode())
        headers = CIMultiDict(answer.headers)
        headers["x-amzn-RequestId"] = request_id
        headers[TRACE] = trace.partition(";")[0]
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    async def _answer(self, request: web.BaseRequest, request_id: str, trace: str) -> GatewayAnswer:
        if why := stranger(request):
            raise _Refused(403, "ForbiddenException", _message(f"Forbidden: {why}"))
        stage, match = self._find(request)
        self._authorize(head(request), match, verify_head)  # before a byte of the body is read
        sent = await self._receive(request)
        signer = self._authorize(sent, match, verify)
        if stage.bucket is not None and not stage.bucket.take():
            raise _Refused(429, "TooManyRequestsException", _message("Too Many Requests"))
        call = Call(
            request_id=request_id,
            trace_id=trace,
            received=datetime.now(UTC),
            source_ip=request.remote or "127.0.0.1",
            account=self._account,
            api_id=stage.api_id,
            stage=stage.name,
            access_key_id=signer,
        )
        invocation = await self._invoke(match.route.function, proxy_event(sent, match, call), trace)
        if invocation.function_error:
            raise _internal(502, invocation.payload.decode("utf-8", "replace"))
        try:
            return gateway_answer(invocation.payload)
        except MalformedAnswer as error:
            raise _internal(502, f"malformed Lambda proxy response: {error}") from None

    def _find(self, request: web.BaseRequest) -> tuple[_Stage, Match]:
        path = request.raw_path.partition("?")[0]
        name, slash, rest = path.removeprefix("/").partition("/")
        stage = self._stages.get(name)
        match = stage.routes.find(request.method, slash + rest) if stage else None
        if stage is None or match is None:
            # API Gateway says this of a resource or method that does not exist, whatever the request carries.
            raise _Refused(403, "MissingAuthenticationTokenException", _message("Missing Authentication Token"))
        return stage, match

    async def _receive(self, request: web.BaseRequest) -> HttpRequest:
        try:
            async with asyncio.timeout(self._body_seconds):
                return await http_request(request, MAX_BODY_BYTES)
        except BodyTooLarge:
            message = f"HTTP content length exceeded {MAX_BODY_BYTES} bytes."
            raise _Refused(413, "RequestEntityTooLargeException", _message(message)) from None
        except TimeoutError:
            raise _Refused(408, "RequestTimeoutException", _message("Request Timeout")) from None

    def _authorize(self, sent: HttpRequest, match: Match, check: Callable[..., None]) -> str | None:
        if match.route.authorization != IAM:
            return None
        try:
            check(sent, self._keys, self._scope, datetime.now(UTC))
        except SignatureRefused as refused:
            raise _Refused(403, refused.kind, _message(readable(str(refused)))) from None
        return self._keys.access_key_id

    async def _invoke(self, function: str, event: bytes, trace: str) -> Invocation:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._service.invoke(function, event, trace_id=trace)
        except TimeoutError:
            body = b'{"message": "Endpoint request timed out"}'
            raise _Refused(504, "InternalServerErrorException", body, f"{function} took too long") from None
        except RequestTooLarge as refused:
            raise _Refused(413, "RequestEntityTooLargeException", _message("Request Too Long"), str(refused)) from None
        except InvokeRefused as refused:
            # Also when Lambda throttles: API Gateway makes 500 of whatever the Invoke API refuses
            # (docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html), so its clients try 500 again.
            raise _internal(500, f"{refused.kind}: {refused}") from None


def _bucket(api: Api) -> TokenBucket | None:
    if api.rate_limit is None and api.burst_limit is None:
        return None
    rate = 10_000.0 if api.rate_limit is None else api.rate_limit
    return TokenBucket(rate, 5_000 if api.burst_limit is None else api.burst_limit)


def _message(text: str) -> bytes:
    return msgspec.json.encode({"message": text})


def _internal(status: int, why: str) -> _Refused:
    return _Refused(status, "InternalServerErrorException", b'{"message": "Internal server error"}', why)
