"""Admits to the pages the person who opened them with the key that `tillstream up` and `tillstream open` print.

The page server signs requests for whoever asks it, so it must know who asks: other users of the machine reach
127.0.0.1 too. The key comes in the address once, and in a cookie from then on; each `up` makes another one.
"""

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from local.parts.ports import LOOPBACK

OPEN: Final = "/open"
"""The path that takes the key and leads to the pages."""


def new_key() -> str:
    """A key of the pages, at random."""
    return secrets.token_hex(16)


def address(port: int, key: str) -> str:
    """The address that opens the pages."""
    return f"http://{LOOPBACK}:{port}{OPEN}?key={key}"


class Admission:
    """Decides by key or cookie whether a request comes from the person at the laptop."""

    def __init__(self, key: str, port: int) -> None:
        """Browsers send a cookie to every port of a host, so that its name carries `port`."""
        self._key = key
        self._name = f"tillstream-{port}"

    def has_key(self, query: str) -> bool:
        """Whether the query of an address carries the key."""
        return any(self._is_key(given) for given in parse_qs(query).get("key", []))

    def has_cookie(self, header: str) -> bool:
        """Whether this Cookie header carries the key."""
        try:
            cookie = SimpleCookie(header).get(self._name)
        except CookieError:
            return False
        return cookie is not None and self._is_key(cookie.value)

    def cookie(self) -> str:
        """The Set-Cookie header for a browser that has the key: no script reads it, and no other site sends it."""
        return f"{self._name}={self._key}; Path=/; HttpOnly; SameSite=Strict"

    def _is_key(self, given: str) -> bool:
        return self._key != "" and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._key.encode())
