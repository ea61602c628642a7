"""API Gateway's proxy event as a request, an answer as its response, and the status of every error.

    TillstreamError
    ├── InvalidRow, UnreadableDocument   400
    ├── BadRequest                       400
    ├── NotFound                         404
    ├── TooLarge                         413
    └── Unavailable                      503, with Retry-After

Any other error is ours or the world's: it is not caught, so Lambda counts it and the gateway answers 502.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from commerce.errors import InvalidRow, TillstreamError, UnreadableDocument
from commerce.wire import encode_answer

OK: Final = 200
NOT_MODIFIED: Final = 304
ACCEPTED: Final = 202
MULTI_STATUS: Final = 207
BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
TOO_LARGE: Final = 413
UNAVAILABLE: Final = 503

RETRY_AFTER_SECONDS: Final = 2
"""The seconds in `Retry-After` after a passing error."""

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"

ProxyEvent = Mapping[str, Any]
ProxyResponse = dict[str, Any]


class BadRequest(TillstreamError):
    """The request is wrong as a whole, however often it is sent."""


class NotFound(TillstreamError):
    """The requested invoice, customer or path does not exist."""


class TooLarge(TillstreamError):
    """The body is larger than a request may be."""


class Unavailable(TillstreamError):
    """A store of the platform cannot be read or written now: the same request may succeed later."""


class Request(msgspec.Struct, frozen=True):
    """A client's request.

    `resource` is the template's path (`/invoices/{InvoiceNo}`), parameters are text, headers are named in lower case,
    `id` is the gateway's, for logs.
    """

    method: str
    resource: str
    path: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    body: bytes = b""
    id: str = ""
    headers: Mapping[str, str] = {}


class Answer(msgspec.Struct, frozen=True):
    """The answer to a client; `body` becomes JSON, unless it is JSON already; `headers` are those beside its type."""

    status: int
    body: object
    content_type: str = JSON
    headers: Mapping[str, str] = {}


class Problem(msgspec.Struct, frozen=True):
    """An error as RFC 9457 writes it: `detail` names the error in the request, and nothing of the server's inside."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"


Route = Callable[[Request], Answer]
Routes = Mapping[tuple[str, str], Route]

_PROBLEMS: Final[Mapping[type[TillstreamError], tuple[int, str]]] = {
    BadRequest: (BAD_REQUEST, "Bad Request"),
    InvalidRow: (BAD_REQUEST, "Bad Request"),
    UnreadableDocument: (BAD_REQUEST, "Bad Request"),
    NotFound: (NOT_FOUND, "Not Found"),
    TooLarge: (TOO_LARGE, "Content Too Large"),
    Unavailable: (UNAVAILABLE, "Service Unavailable"),
}


def respond(event: ProxyEvent, routes: Routes) -> ProxyResponse:
    """The proxy response of the route that the event's method and resource name.

    A route is called with the request, and what it raises of the errors above is answered as a problem. An event
    that no route is for raises KeyError: the template sends what the function does not know.
    """
    try:
        wanted = request(event)
        answer = routes[wanted.method, wanted.resource](wanted)
    except tuple(_PROBLEMS) as error:
        answer = problem(error)
    return response(answer)


def request(event: ProxyEvent) -> Request:
    """The request in a proxy event; raises `BadRequest` if a parameter occurs twice."""
    query = event.get("multiValueQueryStringParameters")
    if query is None:  # an event written by hand, as the console's test of a function
        query = {name: [value] for name, value in (event.get("queryStringParameters") or {}).items()}
    twice = sorted(name for name, values in query.items() if len(values) != 1)
    if twice:
        raise BadRequest(f"query parameter {', '.join(twice)} must be given once")
    return Request(
        event["httpMethod"],
        event["resource"],
        event.get("pathParameters") or {},
        {name: values[0] for name, values in query.items()},
        _body(event),
        event.get("requestContext", {}).get("requestId", ""),
        {name.lower(): value for name, value in (event.get("headers") or {}).items()},
    )


def tagged(request: Request, tag: str, body: Callable[[], object]) -> Answer:
    """The answer with this entity tag; without a body, which is not asked for, if the client has it already.

    The client is to ask each time whether its copy is still the newest, which costs it no body.
    """
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache"}
    known = {it.strip().removeprefix("W/") for it in request.headers.get("if-none-match", "").split(",")}
    if headers["ETag"] in known:
        return Answer(NOT_MODIFIED, b"", headers=headers)
    return Answer(OK, body(), headers=headers)


def _body(event: ProxyEvent) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            return b64decode(body, validate=True)
        except ValueError:
            raise BadRequest("the body is not Base64") from None
    # surrogatepass: bytes that are not UTF-8 are for the reader of the body to refuse
    return body.encode("utf-8", "surrogatepass")


def response(answer: Answer) -> ProxyResponse:
    """The answer in API Gateway's format; a 503 says when to try again."""
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if answer.status == UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    body = answer.body if isinstance(answer.body, bytes) else encode_answer(answer.body)
    return {"statusCode": answer.status, "headers": headers, "body": body.decode(), "isBase64Encoded": False}


def problem(error: TillstreamError) -> Answer:
    """The answer for an error."""
    status, title = _PROBLEMS[type(error)]
    return Answer(status, Problem(title, status, str(error)), PROBLEM_JSON)
