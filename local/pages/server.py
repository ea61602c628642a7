"""Answers a browser: the built pages, below `/api` the API, below `/laptop` this machine; refuses everybody else."""

import mimetypes
from pathlib import Path
from typing import Final

from aiohttp import web

from local.http import stranger
from local.pages.admission import OPEN, Admission
from local.pages.answers import hardened, problem, refusal
from local.pages.forwarding import Forwarding
from local.pages.laptop import Laptop
from web.headers import CONTRACT, caching, policy_of

API: Final = "/api"
LAPTOP: Final = "/laptop"
PAGES: Final = {"/": "index.html", "/contract": CONTRACT}
"""The file of each address that does not name one."""

READING: Final = ("GET", "HEAD")
NO_KEY: Final = "These pages open with the address that `tillstream open` prints: it carries their key."
LEADS_ON: Final = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>Tillstream</title>\n'
NOT_BUILT: Final = "The pages are not built: `make setup` builds them."


class PageServer:
    """Serves the files of `folder`, the API by `forwarding` and this `laptop`, to whoever `admission` admits."""

    def __init__(self, folder: Path, admission: Admission, forwarding: Forwarding, laptop: Laptop) -> None:
        self._folder = folder
        self._admission = admission
        self._forwarding = forwarding
        self._laptop = laptop

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a browser's request, with the headers that confine the page."""
        return hardened(await self._answer(request))

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if why := stranger(request):
            return refusal(403, f"Forbidden: {why}.")
        path, mark, query = request.raw_path.partition("?")
        if path == OPEN and request.method == "GET" and self._admission.has_key(query):
            return self._admitted(request.headers.get("Sec-Fetch-Site", "none"))
        if not self._admission.has_cookie(request.headers.get("Cookie", "")):
            return refusal(403, NO_KEY)
        if request.method not in READING and "Origin" not in request.headers:
            # browsers name the origin of each request that changes something
            return problem(403, "Forbidden", "the header Origin is missing")
        if path.startswith(f"{API}/"):
            return await self._forwarding.answer(request, path.removeprefix(API) + mark + query)
        if path.startswith(f"{LAPTOP}/"):
            return await self._laptop.answer(request, path.removeprefix(LAPTOP))
        if request.method not in READING:
            return refusal(405, "The pages are only read.")
        return self._file(PAGES.get(path, path.removeprefix("/")))

    def _admitted(self, came_from: str) -> web.Response:
        """The answer that gives a browser its cookie and leads it to the pages.

        Where another page led here, the browser would leave the cookie out of the redirected request: it keeps to its
        site strictly. So a page of this site leads on.
        """
        cookie = {"Set-Cookie": self._admission.cookie()}
        if came_from == "none":
            return web.Response(status=303, headers={"Location": "/", **cookie})
        return web.Response(text=LEADS_ON, content_type="text/html", headers=cookie)

    def _file(self, name: str) -> web.Response:
        known = {path.relative_to(self._folder).as_posix(): path for path in self._folder.rglob("*") if path.is_file()}
        if "index.html" not in known:
            return refusal(503, NOT_BUILT)
        if name not in known or name.startswith("."):
            return refusal(404, "There is no such page.")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        charset = "utf-8" if kind.startswith("text/") else None
        response = web.Response(body=known[name].read_bytes(), content_type=kind, charset=charset)
        response.headers["Cache-Control"] = caching(name)
        response.headers["Content-Security-Policy"] = policy_of(name)
        return response
