"""The gateway's HTTP server: invalid HTTP, and slow senders and readers."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from local.api_gateway.server import GatewayServer
from local.http import HOST, serve
from local.processes import wait_until

GOOD = b"GET /good HTTP/1.1\r\nHost: here\r\n\r\n"
REFUSED = b'{"message": "Bad Request"}'
LONG = b"x" * 50_000_000


async def answering(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=LONG if request.path == "/long" else b"fine")


def through(ask: Callable[[int], Any], **options: Any) -> Any:
    """The answers to `ask` at the port of a server."""

    async def run() -> Any:
        runner, port = await serve(GatewayServer(answering, **options), 0, drain_seconds=0.2)
        try:
            return await asyncio.to_thread(ask, port)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def connected(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), timeout=300)


def everything(connection: socket.socket) -> bytes:
    """The bytes that arrive until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def is_answered(port: int) -> bool:
    with connected(port) as connection:
        try:
            connection.sendall(GOOD)
            return connection.recv(4096).endswith(b"fine")
        except ConnectionError:
            return False


def said(*lines: bytes) -> bytes:
    return b"\r\n".join([*lines, b"", b""])


NO_HTTP = {
    "a method of two words": said(b"GE T / HTTP/1.1", b"Host: here"),
    "bytes": b"\x00\xff\xfe\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303"),
    "another version": said(b"PRI * HTTP/2.0", b"", b"SM"),
    "a path of 20,000 characters": said(b"GET /" + b"a" * 20_000 + b" HTTP/1.1", b"Host: here"),
    "a path outside ASCII": said(b"GET /\xff HTTP/1.1", b"Host: here"),
    "a header of 20,000 characters": said(b"GET / HTTP/1.1", b"Host: here", b"X: " + b"a" * 20_000),
    "500 headers": said(b"GET / HTTP/1.1", b"Host: here", *(b"X%d: a" % index for index in range(500))),
    "a folded header": said(b"GET / HTTP/1.1", b"Host: here", b"X: a", b" b"),
    "a header without a name": said(b"GET / HTTP/1.1", b"Host: here", b": a"),
    "a zero byte in a header": said(b"GET / HTTP/1.1", b"Host: here", b"X: a\x00b"),
    "no host": said(b"GET / HTTP/1.1"),
    "a length below zero": said(b"POST / HTTP/1.1", b"Host: here", b"Content-Length: -1"),
    "a length that is no number": said(b"POST / HTTP/1.1", b"Host: here", b"Content-Length: 0x3") + b"abc",
    "a length of 26 digits": said(b"POST / HTTP/1.1", b"Host: here", b"Content-Length: " + b"9" * 26),
    "two lengths": said(b"POST / HTTP/1.1", b"Host: here", b"Content-Length: 3", b"Content-Length: 4") + b"abcd",
    "a length and chunks": said(
        b"POST / HTTP/1.1", b"Host: here", b"Content-Length: 3", b"Transfer-Encoding: chunked", b"", b"0"
    ),
    "chunks that are none": said(b"POST / HTTP/1.1", b"Host: here", b"Transfer-Encoding: chunked", b"", b"zz"),
    "another transfer encoding": said(b"POST / HTTP/1.1", b"Host: here", b"Transfer-Encoding: gzip") + b"abc",
}


def test_what_is_no_http_is_told_so_in_json_ends_the_conversation_and_fills_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    def ask(port: int) -> None:
        for what, sent in NO_HTTP.items():
            with connected(port) as connection:
                connection.sendall(sent)
                head, _, body = everything(connection).partition(b"\r\n\r\n")
            assert (head.split()[1], body) == (b"400", REFUSED), what
            assert b"x-amzn-ErrorType: BadRequestException" in head
            assert b"Content-Type: application/json" in head
        assert is_answered(port)

    through(ask)
    assert not caplog.records


def test_a_fault_of_ours_is_told_as_such_and_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(request: web.BaseRequest) -> web.StreamResponse:
        raise LookupError("what nobody may see")

    async def run() -> bytes:
        runner, port = await serve(GatewayServer(failing), 0, drain_seconds=0.2)
        try:
            return await asyncio.to_thread(ask, port)
        finally:
            await runner.cleanup()

    def ask(port: int) -> bytes:
        with connected(port) as connection:
            connection.sendall(GOOD)
            return everything(connection)

    head, _, body = asyncio.run(run()).partition(b"\r\n\r\n")
    assert (head.split()[1], body) == (b"500", b'{"message": "Internal server error"}')
    assert "what nobody may see" in caplog.text


@pytest.mark.parametrize("sent", [b"", b"GET /good HTTP/1.1\r\nHost: he", GOOD + b"GET /good"])
def test_a_head_that_does_not_arrive_is_waited_for_so_long_and_no_longer(sent: bytes) -> None:
    def ask(port: int) -> None:
        with connected(port) as slow:
            slow.sendall(sent)
            # the others too have 0.3 s from their connection to their first byte, and a busy machine may take longer
            assert wait_until(lambda: is_answered(port), 300)
            everything(slow)  # ends, where nothing would come for as long as this socket waits

    through(ask, idle_seconds=0.3)


def test_a_new_connection_takes_the_place_of_the_one_that_has_waited_longest() -> None:
    def ask(port: int) -> None:
        slow = [connected(port) for _ in range(3)]
        for one in slow:
            one.sendall(b"GET /good HT")
        assert is_answered(port)
        assert everything(slow[0]) == b""
        for one in slow[1:]:
            one.sendall(b"TP/1.1\r\nHost: here\r\n\r\n")
            assert one.recv(4096).endswith(b"fine")
            one.close()

    through(ask, most_connections=3)


def test_a_client_that_does_not_read_its_answer_is_left() -> None:
    async def run() -> None:
        server = GatewayServer(answering, answer_seconds=0.3)
        runner, port = await serve(server, 0, drain_seconds=0.2)
        with connected(port) as deaf:
            deaf.sendall(b"GET /long HTTP/1.1\r\nHost: here\r\n\r\n")
            async with asyncio.timeout(300):
                while not server.connections:
                    await asyncio.sleep(0.01)
                while server.connections:
                    await asyncio.sleep(0.01)
            assert len(everything(deaf)) < len(LONG)
        await runner.cleanup()

    asyncio.run(run())
