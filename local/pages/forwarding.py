"""Sends the pages' requests on to the API, signed with the laptop's keys."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from yarl import URL

from local.http import BodyTooLarge, read_body
from local.pages.answers import problem
from local.sigv4 import Signer

MAX_BODY_BYTES: Final = 64 * 1024
TIMEOUT: Final = ClientTimeout(total=35)
"""Longer than the 29 seconds after which API Gateway answers by itself."""

_ASKED: Final = ("Accept", "Content-Type", "If-None-Match")
_ANSWERED: Final = ("Cache-Control", "Content-Encoding", "Content-Type", "ETag", "Retry-After", "X-Amzn-Trace-Id")


class Forwarding:
    """Asks the API at `api_url` for the pages; `session` must not decompress answers."""

    def __init__(self, session: ClientSession, api_url: str, signer: Signer) -> None:
        self._session = session
        self._api = URL(api_url)
        self._signer = signer

    async def answer(self, request: web.BaseRequest, target: str) -> web.Response:
        """The API's answer to the request, made of its `target`: path and query below the API's stage."""
        try:
            body = await read_body(request, MAX_BODY_BYTES)
        except BodyTooLarge:
            return problem(413, "Too large", f"A page sends {MAX_BODY_BYTES:,} bytes at most.")
        path = self._api.raw_path.rstrip("/") + target
        kept = {name: request.headers[name] for name in _ASKED if name in request.headers}
        signed = self._signer.headers(request.method, self._api.authority, path, body, datetime.now(UTC))
        url = URL(f"{self._api.origin()}{path}", encoded=True)
        try:
            async with self._session.request(
                request.method,
                url,
                data=body or None,
                headers={**kept, **signed},
                timeout=TIMEOUT,
                allow_redirects=False,
            ) as answer:
                headers = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
                return web.Response(status=answer.status, body=await answer.read(), headers=headers)
        except (ClientError, TimeoutError) as error:
            return problem(502, "The API does not answer", str(error) or "no answer in time")
