"""A proxy before a Kafka broker, which knows the requests of Kafka's protocol by their kind."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from tests.gate import HELD_SECONDS, Request, Spoilt

KINDS: Final = {0: "Produce", 1: "Fetch", 8: "OffsetCommit"}
"""Kafka's numbers of the kinds of requests that faults happen to."""


@dataclass
class BrokerProxy:
    """An open proxy; `spoil` says which fault happens to a request, `count` is called with each."""

    server: tuple[str, int]
    address: str = ""
    spoil: Callable[[Request], Spoilt | None] = lambda request: None
    count: Callable[[], None] = lambda: None
    opened: threading.Event = field(default_factory=threading.Event)
    seen: int = 0
    _connections: set["_Connection"] = field(default_factory=set)

    def reset(self) -> None:
        """Let everything pass again."""
        self.spoil = lambda request: None
        self.opened.set()

    def cut(self) -> None:
        """Reset all connections of clients and of the broker."""
        for connection in list(self._connections):
            connection.cut()

    def serve(self, listening: socket.socket) -> None:
        """Accept connections until the socket is closed."""
        with suppress(OSError):
            while True:
                client = listening.accept()[0]
                try:
                    broker = socket.create_connection(self.server, timeout=5)
                except OSError:
                    _reset(client)
                    continue
                broker.settimeout(None)
                connection = _Connection(self, client, broker)
                self._connections.add(connection)
                connection.start()

    def forget(self, connection: "_Connection") -> None:
        """Stop counting a connection that has ended."""
        self._connections.discard(connection)


class _Connection:
    """One client's connection: requests are read whole, and passed to the broker one after another."""

    def __init__(self, proxy: BrokerProxy, client: socket.socket, broker: socket.socket) -> None:
        self._proxy, self._client, self._broker = proxy, client, broker
        self._answers = Spoilt()

    def start(self) -> None:
        for pump in (self._requests, self._replies):
            threading.Thread(target=self._pump, args=(pump,), daemon=True).start()

    def cut(self) -> None:
        for end in (self._client, self._broker):
            _reset(end)
        self._proxy.forget(self)

    def _pump(self, pump: Callable[[], None]) -> None:
        with suppress(OSError, EOFError):
            pump()
        self.cut()

    def _requests(self) -> None:
        while True:
            size = _exactly(self._client, 4)
            frame = size + _exactly(self._client, struct.unpack(">i", size)[0])
            self._hold()
            self._proxy.seen += 1
            self._proxy.count()
            kind = KINDS.get(struct.unpack(">h", frame[4:6])[0])
            spoilt = self._proxy.spoil(Request(kind, self._proxy.seen)) if kind else None
            if spoilt:
                threading.Event().wait(spoilt.seconds)
                if spoilt.reset and not spoilt.effect:
                    raise EOFError
                self._answers = spoilt
            self._broker.sendall(frame)

    def _replies(self) -> None:
        while True:
            size = _exactly(self._broker, 4)
            frame = size + _exactly(self._broker, struct.unpack(">i", size)[0])
            self._hold()
            if self._answers.half:
                self._client.sendall(frame[: len(frame) // 2])
            if self._answers.half or self._answers.reset:
                raise EOFError
            self._client.sendall(frame)

    def _hold(self) -> None:
        if not self._proxy.opened.is_set():
            self._proxy.opened.wait(HELD_SECONDS)
            raise EOFError


def _exactly(end: socket.socket, count: int) -> bytes:
    """So many bytes; raises `EOFError` if the connection ends before."""
    parts = []
    while count:
        part = end.recv(min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def broker_proxy(port: int) -> Iterator[BrokerProxy]:
    """A proxy before the broker at this port of the loopback address, open until the block ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        proxy = BrokerProxy(("127.0.0.1", port), f"127.0.0.1:{listening.getsockname()[1]}")
        proxy.opened.set()
        thread = threading.Thread(target=proxy.serve, args=(listening,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            proxy.cut()
