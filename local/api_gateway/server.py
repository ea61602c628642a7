"""The gateway's HTTP server: no slow sender can occupy it, and invalid HTTP gets an answer in API Gateway's form.

Times and numbers are ours, for one laptop; API Gateway closes what is idle after 310 seconds and says nothing of the
rest.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from local.http import SERVER_OPTIONS

IDLE_SECONDS: Final = 60.0
"""Seconds for a connection to send a whole head, counted from its opening or its last answer."""

ANSWER_SECONDS: Final = 30.0
"""Seconds for a client to read its answer."""

MOST_CONNECTIONS: Final = 500

_log: Final = logging.getLogger(__name__)

_KINDS: Final = {
    400: ("BadRequestException", "Bad Request"),
    500: ("InternalServerErrorException", "Internal server error"),
}

Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class GatewayServer(web.Server):
    """Serves requests by a handler, over a limited number of connections.

    When all are taken, a new one takes the place of the one that has waited longest for a request; if none waits, the
    new one is closed.
    """

    def __init__(
        self,
        answering: Answering,
        *,
        idle_seconds: float = IDLE_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        super().__init__(self._serve, keepalive_timeout=idle_seconds, **SERVER_OPTIONS)
        self._answering = answering
        self._answer_seconds = answer_seconds
        self._most_connections = most_connections
        self._open: dict[web.RequestHandler, asyncio.Transport] = {}
        self._waiting: dict[web.RequestHandler, None] = {}

    def __call__(self) -> web.RequestHandler:
        """The HTTP handler of a new connection."""
        return _Conversation(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Count the connection, and make room for it."""
        super().connection_made(handler, transport)
        self._open[handler], self._waiting[handler] = transport, None
        if len(self._open) > self._most_connections:
            # the new one is the last that waits
            longest = next(iter(self._waiting))
            del self._waiting[longest]
            self._open.pop(longest).abort()

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Stop counting a connection that has ended."""
        super().connection_lost(handler, exc)
        self._open.pop(handler, None)
        self._waiting.pop(handler, None)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        handler = request.protocol
        self._waiting.pop(handler, None)
        try:
            response = await self._answering(request)
            await self._send(request, response)
        finally:
            if handler in self._open:
                self._waiting[handler] = None
        return response

    async def _send(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        transport = request.transport
        try:
            async with asyncio.timeout(self._answer_seconds):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError:
            if transport is not None:
                transport.abort()  # close() would wait for what nobody reads


class _Conversation(web.RequestHandler):
    """HTTP on one connection; invalid HTTP is answered as API Gateway answers it, in JSON."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to a request that broke the conversation; it ends the connection."""
        if isinstance(exc, ConnectionError) or request.writer.output_size > 0:
            raise ConnectionError("the client is gone, or has its answer already")
        if status >= 500:
            _log.error("Error handling request from %s", request.remote, exc_info=exc)
        kind, sentence = _KINDS.get(status, _KINDS[500])
        response = web.json_response({"message": sentence}, status=status, headers={"x-amzn-ErrorType": kind})
        response.force_close()
        return response
