"""HTTP requests of the laptop's servers, before any interpretation."""

from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

HOST: Final = "127.0.0.1"
"""The only address on which the laptop's servers listen."""

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


async def http_request(request: web.BaseRequest, limit: int) -> HttpRequest:
    """The request with its body of at most `limit` bytes; raises `BodyTooLarge`."""
    headers = tuple(
        (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
        for name, value in request.raw_headers
    )
    return HttpRequest(request.method, request.raw_path, headers, await read_body(request, limit))


async def serve(handler: Any, port: int, *, drain_seconds: float = 3.0) -> tuple[web.ServerRunner, int]:
    """Serve `handler` on the loopback address; returns the runner to clean up and the port, chosen if 0 was given.

    `handler` answers requests, or is a server that does.
    """
    server = handler if isinstance(handler, web.Server) else web.Server(handler, **SERVER_OPTIONS)
    runner = web.ServerRunner(server, shutdown_timeout=drain_seconds)
    await runner.setup()
    await web.TCPSite(runner, HOST, port, backlog=1024).start()
    return runner, runner.addresses[0][1]
