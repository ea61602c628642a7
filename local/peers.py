"""Whose process is at the other end of a local connection, as the kernel knows it."""

import os
from pathlib import Path
from typing import Final

_CONNECTIONS: Final = Path("/proc/net/tcp")
_CLIENT, _SERVER, _INODE = 1, 2, 9  # columns of /proc/net/tcp, as proc(5) has them

Address = tuple[str, int]


def is_of(pid: int, client: Address, server: Address) -> bool:
    """Whether the process with this id opened the connection from `client` to `server`, both on this machine.

    Where the kernel does not show connections at all, it is taken for granted.
    """
    try:
        lines = _CONNECTIONS.read_text("ascii").splitlines()
    except OSError:
        return True
    ends = _written(client), _written(server)
    inodes = {columns[_INODE] for line in lines if (columns := line.split())[_CLIENT : _SERVER + 1] == [*ends]}
    return bool(inodes & _sockets(pid))


def _written(address: Address) -> str:
    """The address as /proc/net/tcp writes it.

    >>> _written(("127.0.0.1", 8080))
    '0100007F:1F90'
    """
    host, port = address
    return "".join(f"{int(part):02X}" for part in reversed(host.split("."))) + f":{port:04X}"


def _sockets(pid: int) -> set[str]:
    """The inodes of the sockets that the process has open."""
    folder, found = f"/proc/{pid}/fd", set()
    try:
        for name in os.listdir(folder):
            try:
                target = os.readlink(f"{folder}/{name}")
            except OSError:  # closed meanwhile
                continue
            if target.startswith("socket:["):
                found.add(target[len("socket:[") : -1])
    except OSError:  # the process has ended
        return set()
    return found
