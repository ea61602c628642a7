"""Requests and answers in the format between a REST API and its Lambda function (proxy integration, version 1.0).

Source: "Set up Lambda proxy integrations in API Gateway". The APIs here have no binary media types, so bodies are text
both ways: bytes that are not UTF-8 arrive as U+FFFD, and an answer marked base64 is passed on as the base64 text.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from local.api_gateway.routes import Match
from local.api_gateway.tracing import HEADER as TRACE
from local.http import HttpRequest

IAM: Final = "AWS_IAM"

_DROPPED: Final = frozenset(
    ("connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)
"""Request headers that the gateway drops; it drops `Authorization` too if that is a signature."""

_REMAPPED: Final = _DROPPED | {"authorization", "content-md5", "date", "host", "server", "www-authenticate"}
"""Answer headers that the function may not set: they are renamed to `x-amzn-Remapped-…`."""


@dataclass(frozen=True, slots=True)
class Call:
    """The gateway's knowledge about one request beside the request itself."""

    request_id: str
    trace_id: str
    received: datetime
    source_ip: str
    account: str
    api_id: str
    stage: str
    access_key_id: str | None
    """The access key of the verified signature; None on a route without authorization."""


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """The answer to the client."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class MalformedAnswer(Exception):
    """A function's answer that API Gateway would not pass on."""


class _ProxyAnswer(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    # API Gateway calls an answer with other keys malformed as well.
    statusCode: int | str
    headers: dict[str, str | int | float | bool] | None = None
    multiValueHeaders: dict[str, list[str | int | float | bool]] | None = None
    body: str | None = None
    isBase64Encoded: bool | None = None


_answers: Final = msgspec.json.Decoder(_ProxyAnswer)


def proxy_event(request: HttpRequest, match: Match, call: Call) -> bytes:
    """The event for the function of this route, as JSON."""
    target, _, query = request.target.partition("?")
    headers = _passed_headers(request.headers, match, call)
    parameters = _multiple(parse_qsl(query, keep_blank_values=True))
    host = _last(headers, "host")
    event = {
        "resource": match.route.path,
        "path": target.removeprefix(f"/{call.stage}") or "/",
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": match.parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": resource_id(match.route.path),
            "resourcePath": match.route.path,
            "httpMethod": request.method,
            "extendedRequestId": call.request_id,
            "requestTime": call.received.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "path": target,
            "accountId": call.account,
            "protocol": "HTTP/1.1",
            "stage": call.stage,
            "domainPrefix": host.partition(".")[0],
            "requestTimeEpoch": int(call.received.timestamp() * 1000),
            "requestId": call.request_id,
            "identity": _identity(call, _last(headers, "user-agent")),
            "domainName": host,
            "apiId": call.api_id,
        },
        "body": request.body.decode("utf-8", "replace") or None,
        "isBase64Encoded": False,
    }
    return msgspec.json.encode(event)


def gateway_answer(payload: bytes) -> GatewayAnswer:
    """The client's answer for a function's answer; raises `MalformedAnswer` if API Gateway would answer with 502."""
    try:
        answer = _answers.decode(payload)
        status = int(answer.statusCode)
    except (msgspec.DecodeError, ValueError) as error:
        raise MalformedAnswer(str(error)) from None
    if not 100 <= status <= 599:
        raise MalformedAnswer(f"statusCode {status} is not an HTTP status")
    headers = list(_answer_headers(answer))
    if any("\r" in value or "\n" in value or not name for name, value in headers):
        raise MalformedAnswer("a header holds a line break or has no name")
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return GatewayAnswer(status, tuple(headers), (answer.body or "").encode("utf-8", "replace"))


@lru_cache(maxsize=256)
def resource_id(path: str) -> str:
    """The short id that API Gateway gives a resource; here the same path always has the same id."""
    return hashlib.sha256(path.encode()).hexdigest()[:6]


def _passed_headers(sent: Iterable[tuple[str, str]], match: Match, call: Call) -> dict[str, list[str]]:
    """The headers passed to the function, under the name of their first occurrence."""
    dropped = _DROPPED | {"authorization"} if match.route.authorization == IAM else _DROPPED
    kept = [(name, readable(value)) for name, value in sent if name.lower() not in dropped]
    kept = [(name, value) for name, value in kept if name.lower() != TRACE.lower()]
    kept.append((TRACE, call.trace_id.partition(";")[0]))
    forwarded = [value for name, value in kept if name.lower() == "x-forwarded-for"]
    kept = [(name, value) for name, value in kept if not name.lower().startswith("x-forwarded-")]
    kept.append(("X-Forwarded-For", ", ".join([*forwarded, call.source_ip])))
    kept.append(("X-Forwarded-Proto", "http"))
    names: dict[str, str] = {}
    return _multiple((names.setdefault(name.lower(), name), value) for name, value in kept)


def readable(value: str) -> str:
    """A header's value without the lone surrogates that represent bytes outside UTF-8: JSON cannot hold them."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _multiple(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for name, value in pairs:
        named.setdefault(name, []).append(value)
    return named


def _last(headers: Mapping[str, list[str]], wanted: str) -> str:
    return next((values[-1] for name, values in headers.items() if name.lower() == wanted), "")


def _identity(call: Call, user_agent: str) -> dict[str, Any]:
    signed = call.access_key_id is not None
    return {
        "cognitoIdentityPoolId": None,
        "accountId": call.account if signed else None,
        "cognitoIdentityId": None,
        "caller": call.access_key_id,
        "sourceIp": call.source_ip,
        "principalOrgId": None,
        "accessKey": call.access_key_id,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": f"arn:aws:iam::{call.account}:user/laptop" if signed else None,
        "userAgent": user_agent or None,
        "user": call.access_key_id,
    }


def _answer_headers(answer: _ProxyAnswer) -> Iterable[tuple[str, str]]:
    """The function's headers; if a name is in both maps, values of `multiValueHeaders` are not repeated."""
    listed = answer.multiValueHeaders or {}
    for name, values in listed.items():
        for value in values:
            yield _remapped(name), _text(value)
    for name, value in (answer.headers or {}).items():
        if value not in listed.get(name, ()):
            yield _remapped(name), _text(value)


def _remapped(name: str) -> str:
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
