"""The ports on which a running platform listens, and raw requests to them."""

import socket
from dataclasses import dataclass

import psutil

from tests.end_to_end.laptop import Laptop


@dataclass(frozen=True)
class Listener:
    """A port, and the part of the platform that listens on it (or a process that it started)."""

    part: str
    address: str
    port: int


def listeners(laptop: Laptop, parts: dict[str, int]) -> list[Listener]:
    """Every listening TCP socket of these parts, by name and process id, and of their children."""
    return sorted(
        (
            Listener(name, socket_.laddr.ip, socket_.laddr.port)
            for name, pid in parts.items()
            for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            for socket_ in process.net_connections("tcp")
            if socket_.status == psutil.CONN_LISTEN
        ),
        key=lambda it: (it.part, it.port),
    )


def answer(port: int, headers: str, method: str = "POST", path: str = "/") -> bytes:
    """The answer to a request with these headers, without a body; empty if the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=300) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{headers}Content-Length: 0\r\n\r\n".encode())
        try:
            return connection.recv(10_000)
        except ConnectionResetError:
            return b""
