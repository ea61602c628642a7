"""A proxy in front of an HTTP server: a test sees each request before it passes, and decides when something dies.

It forwards what it gets as it is, signatures and all: they hold, since the Host header stays that of the gate.
"""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

SECONDS = 60
HELD_SECONDS = 600
_OF_A_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "expect", "content-length"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `what` is its method and path, such as `PUT /bucket/key`, or DynamoDB's operation."""

    what: str
    number: int
    """The number of requests before it through this gate."""


class Shut(Exception):
    """Raised by a gate's watch: the request gets no answer, its connection is cut."""


Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A fault of one request: a pause, and then a reset, or an answer of the gate's own, or one that never comes.

    With `effect` the server gets the request all the same, and its answer is lost.
    """

    effect: bool = True
    seconds: float = 0.0
    until: threading.Event | None = None
    """Set, it ends the pause before its seconds are over."""
    done: threading.Event | None = None
    """It is set once the server has answered."""
    ended: threading.Event | None = None
    """It is set once the request has its answer, or will never have one."""
    reset: bool = False
    half: bool = False
    half_request: bool = False
    silent: bool = False
    answer: tuple[int, Headers, bytes] | None = None


@dataclass
class Gate:
    """An open gate; `watch` is called with every request before it is forwarded, one at a time."""

    server: str
    endpoint: str = ""
    watch: Callable[[Request], None] = lambda request: None
    seen: list[str] = field(default_factory=list)
    cut_bodies: Callable[[Request], bool] = lambda request: False
    """The answers to break off after half of their body."""
    spoil: Callable[[Request], Spoilt | None] = lambda request: None
    opened: threading.Event = field(default_factory=threading.Event)
    """Clear, nothing gets through: requests and answers wait until it is set, and their connections are cut then."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        """Let every request pass again."""
        with self._lock:
            self.watch = lambda request: None
            self.cut_bodies = lambda request: False
            self.spoil = lambda request: None
            self.opened.set()
            self.seen.clear()

    def came(self, what: str) -> Request:
        """Record a request, and pass it to the watch."""
        with self._lock:
            request = Request(what, len(self.seen))
            self.seen.append(what)
            self.watch(request)
            return request


@contextmanager
def gate(server: str) -> Iterator[Gate]:
    """A gate before this server, open until the block ends."""
    opened = Gate(server)
    opened.opened.set()
    listening = _Server(("127.0.0.1", 0), type("Bound", (_Handler,), {"gate": opened}))
    opened.endpoint = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield opened
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore broken connections: the tests cause them."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gate: Gate

    def log_message(self, *arguments: Any) -> None:
        """Log nothing: `Gate.seen` is the log."""

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        try:
            request = self.gate.came(operation or f"{self.command} {unquote(self.path)}")
            spoilt = self.gate.spoil(request)
            status, headers, answer = self._spoilt(body, spoilt) if spoilt else self._answer(body)
            self._pass()
        except (Shut, OSError, HTTPException):
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            return
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _OF_A_CONNECTION:
                self.send_header(name, value)
        length = next((value for name, value in headers if name.lower() == "content-length"), str(len(answer)))
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(answer)))
        self.end_headers()
        if self.gate.cut_bodies(request) or (spoilt and spoilt.half):
            self.close_connection = True
            answer = answer[: len(answer) // 2]
        self.wfile.write(answer)

    def _pass(self) -> None:
        """Wait before a closed gate; raises `Shut` when it opens: the connection did not outlast that."""
        if not self.gate.opened.is_set():
            self.gate.opened.wait(HELD_SECONDS)
            raise Shut

    def _spoilt(self, body: bytes, spoilt: Spoilt) -> tuple[int, Headers, bytes]:
        try:
            return self._carried_out(body, spoilt)
        finally:
            if spoilt.ended:
                spoilt.ended.set()

    def _carried_out(self, body: bytes, spoilt: Spoilt) -> tuple[int, Headers, bytes]:
        (spoilt.until or threading.Event()).wait(spoilt.seconds)
        if spoilt.half_request:
            self._answer(body, cut=True)
        real = self._answer(body) if spoilt.effect else (500, [], b"")
        if spoilt.done:
            spoilt.done.set()
        if spoilt.silent:
            while self.connection.recv(1, socket.MSG_PEEK):  # until the client has had enough
                threading.Event().wait(0.05)
        if spoilt.silent or spoilt.reset:
            raise Shut
        return spoilt.answer or real

    def _answer(self, body: bytes, *, cut: bool = False) -> tuple[int, Headers, bytes]:
        """The server's answer; with `cut` it gets half of the body, and its connection is closed: raises `Shut`."""
        self._pass()
        server = HTTPConnection(urlsplit(self.gate.server).netloc, timeout=SECONDS)
        try:
            server.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _OF_A_CONNECTION:
                    server.putheader(name, value)
            if body or self.command in ("PUT", "POST"):
                server.putheader("Content-Length", str(len(body)))
            server.endheaders((body[: len(body) // 2] if cut else body) or None)
            if cut:
                raise Shut
            answer = server.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            server.close()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _forward
