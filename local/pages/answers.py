"""The answers that the page server makes itself."""

import msgspec
from aiohttp import web

from web.headers import HEADERS, policy


def answer(status: int, value: object, kind: str = "application/json") -> web.Response:
    """This value as JSON."""
    return web.Response(status=status, body=msgspec.json.encode(value), content_type=kind)


def problem(status: int, title: str, detail: str) -> web.Response:
    """An error in the API's own form."""
    return answer(status, {"title": title, "status": status, "detail": detail}, "application/problem+json")


def refusal(status: int, sentence: str) -> web.Response:
    """An error for a person who opens an address by hand."""
    return web.Response(status=status, text=sentence + "\n")


def hardened(response: web.Response) -> web.Response:
    """The same response with the headers by which a browser confines the pages."""
    response.headers.update(HEADERS)
    response.headers.setdefault("Content-Security-Policy", policy())
    response.headers.setdefault("Cache-Control", "no-store")
    return response
