"""Free TCP ports on the loopback address."""

import random
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"
RANGE: Final = range(20_000, 32_000)
"""Below Linux's ephemeral ports (32768 and up), so that no outgoing connection takes a port between choice and use."""


def free_port() -> int:
    """A port that nothing uses now."""
    while True:
        port = random.choice(RANGE)
        if is_free(port):
            return port


def free_ports(count: int) -> list[int]:
    """This many different ports, on which nothing listens now."""
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return list(ports)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of every local address."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether a server accepts connections on the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
