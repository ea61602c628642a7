"""HTTP requests of the laptop's servers, before any interpretation."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

HOST: Final = "127.0.0.1"
"""The only address on which the laptop's servers listen."""

LOOPBACK_NAMES: Final = (HOST, "localhost", "[::1]")
"""The names by which they are asked."""

_PORT: Final = re.compile(r":[0-9]*\Z")

SERVER_OPTIONS: Final[dict[str, Any]] = {
    "access_log": None,
    # A signature is over the body as sent, so nothing may be unpacked on the way in.
    "auto_decompress": False,
    "read_bufsize": 1024 * 1024,
    "max_line_size": 16 * 1024,
    "max_field_size": 16 * 1024,
}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, unchanged: `target` is path and query still percent-encoded, headers in order and case as sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def stranger(request: web.BaseRequest) -> str:
    """Why the request may come from a web page that a browser shows; empty where it cannot.

    A page of any site may send requests to 127.0.0.1. Its browser then says the page's own `Origin`, or the site's name
    as `Host`, where that name was made to lead to 127.0.0.1 (DNS rebinding). Programs send no `Origin`.
    """
    host = request.headers.get("Host", "")
    if _PORT.sub("", host).lower() not in LOOPBACK_NAMES:
        return f"the header Host must be one of {', '.join(LOOPBACK_NAMES)}"
    origins = request.headers.getall("Origin", [])
    if any(origin.lower() != f"http://{host}".lower() for origin in origins):
        return "the header Origin names another site"
    return ""


class BodyTooLarge(Exception):
    """The body is longer than the limit; the rest of it was not read."""


async def read_body(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body, undecoded; raises `BodyTooLarge` as soon as it is known to exceed `limit` bytes."""
    if (request.content_length or 0) > limit:
        raise BodyTooLarge
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    parts, size = [], 0
    async for part in request.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > limit:
            raise BodyTooLarge
    return b"".join(parts)


def head(request: web.BaseRequest) -> HttpRequest:
    """The request without its body, which is not read."""
    headers = tuple(
        (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
        for name, value in request.raw_headers
    )
    return HttpRequest(request.method, request.raw_path, headers, b"")


async def http_request(request: web.BaseRequest, limit: int) -> HttpRequest:
    """The request with its body of at most `limit` bytes; raises `BodyTooLarge`."""
    return replace(head(request), body=await read_body(request, limit))


async def serve(handler: Any, port: int, *, drain_seconds: float = 3.0) -> tuple[web.ServerRunner, int]:
    """Serve `handler` on the loopback address; returns the runner to clean up and the port, chosen if 0 was given.

    `handler` answers requests, or is a server that does.
    """
    server = handler if isinstance(handler, web.Server) else web.Server(handler, **SERVER_OPTIONS)
    runner = web.ServerRunner(server, shutdown_timeout=drain_seconds)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, backlog=1024).start()
    return runner, runner.addresses[0][1]
