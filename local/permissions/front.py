"""The fronts of S3 and DynamoDB: they refuse what the role of a function or job may not, and pass on the rest."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from xml.sax.saxutils import escape

import aiohttp
import msgspec
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from local.http import BodyTooLarge, HttpRequest, head, read_body, stranger
from local.permissions.book import AccessDenied, Book
from local.permissions.calls import UnknownCall, deletes_many, dynamodb_calls, s3_calls
from local.permissions.policies import Call
from local.sigv4 import Keys, Scope, SignatureRefused, claimed_key_id, verify

MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest body that is read whole: DynamoDB's are at most 16 MB, the names for a deletion far less."""

_OF_A_CONNECTION: Final = ("connection", "expect", "keep-alive", "transfer-encoding", "te", "upgrade")
_ADDED: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp's client would add; a signature may be over their absence."""


class Front:
    """The parts of both fronts: they find out who asks, and pass the request on byte for byte."""

    def __init__(self, book: Book, upstream: str, session: aiohttp.ClientSession) -> None:
        """`upstream` is the store's own address."""
        self._book = book
        self._upstream = upstream
        self._session = session

    def _asks(self, request: web.BaseRequest) -> str | None:
        """The id of the key that the request claims, if it is a role's."""
        key_id = claimed_key_id(head(request))
        return key_id if key_id in self._book.keys and not stranger(request) else None

    async def _pass_on(
        self,
        request: web.BaseRequest,
        body: bytes | None,
        headers: Mapping[str, str] | None = None,
        missing: Callable[[], web.Response | None] = lambda: None,
    ) -> web.StreamResponse:
        """The store's answer, streamed; `body` None streams the request's; `missing` may stand for an answer 404."""
        sent = CIMultiDict(
            (name, value) for name, value in request.headers.items() if name.lower() not in _OF_A_CONNECTION
        )
        sent.update(headers or {})
        if body is None and request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        async with self._session.request(
            request.method,
            URL(self._upstream + request.raw_path, encoded=True),
            headers=sent,
            data=(request.content if request.body_exists else None) if body is None else body,
            skip_auto_headers=_ADDED,
            allow_redirects=False,
        ) as answer:
            if answer.status == HTTPStatus.NOT_FOUND and (instead := missing()):
                return instead
            given = CIMultiDict(
                (name, value) for name, value in answer.headers.items() if name.lower() not in _OF_A_CONNECTION
            )
            response = web.StreamResponse(status=answer.status, headers=given)
            await response.prepare(request)
            async for part in answer.content.iter_any():
                await response.write(part)
            await response.write_eof()
            return response


class S3Front(Front):
    """S3's front. It looks at what is asked; S3Proxy behind it checks the signature, by the role's own secret."""

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request to S3 if the policies of its role allow it, else with S3's own refusal."""
        key_id = self._asks(request)
        if key_id is None:
            return _s3_refusal(
                "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
            )
        try:
            body = await read_body(request, MOST_BYTES) if deletes_many(request.method, request.raw_path) else None
            headers = {name.lower(): value for name, value in request.headers.items()}
            calls = s3_calls(request.method, request.raw_path, headers, body or b"")
            self._book.check(key_id, calls)
        except (AccessDenied, UnknownCall) as refused:
            return _s3_refusal("AccessDenied", str(refused))
        except BodyTooLarge:
            return _s3_refusal("AccessDenied", "The request is too large")
        return await self._pass_on(request, body, missing=lambda: self._hidden(key_id, calls))

    def _hidden(self, key_id: str, calls: list[Call]) -> web.Response | None:
        """S3's answer for an object that is absent, to who may not list the bucket: 403, not 404."""
        [call] = calls[:1] or [Call("s3:ListBucket", "")]
        if call.action != "s3:GetObject":
            return None
        bucket, _, key = call.resource.removeprefix("arn:aws:s3:::").partition("/")
        # AWS does not say whether a condition on s3:prefix is asked about the key here; our code was written for that
        listing = Call("s3:ListBucket", f"arn:aws:s3:::{bucket}", {**call.context, "s3:prefix": key})
        return None if self._book.may(key_id, listing) else _s3_refusal("AccessDenied", "Access Denied")


class DynamoDBFront(Front):
    """DynamoDB's front. It checks the signature too, since DynamoDB Local checks none; that knows the laptop's key."""

    def __init__(
        self, book: Book, upstream: str, session: aiohttp.ClientSession, *, laptop: Keys, region: str, account: str
    ) -> None:
        super().__init__(book, upstream, session)
        self._scope = Scope(region, "dynamodb")
        self._tables = f"arn:aws:dynamodb:{region}:{account}:table/"
        self._laptop = laptop

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request to DynamoDB if the policies of its role allow it, else with DynamoDB's own refusal."""
        key_id = self._asks(request)
        if key_id is None:
            return _dynamodb_refusal(
                "UnrecognizedClientException", "The security token included in the request is invalid."
            )
        try:
            body = await read_body(request, MOST_BYTES)
            sent = head(request)
            verify(
                HttpRequest(sent.method, sent.target, sent.headers, body),
                self._book.keys[key_id],
                self._scope,
                datetime.now(UTC),
            )
            self._book.check(key_id, dynamodb_calls(request.headers.get("X-Amz-Target", ""), body, self._tables))
        except SignatureRefused as refused:
            return _dynamodb_refusal(refused.kind, str(refused))
        except (AccessDenied, UnknownCall) as refused:
            return _dynamodb_refusal("AccessDeniedException", str(refused))
        except BodyTooLarge:
            return _dynamodb_refusal("ValidationException", "The request is too large")
        signed = request.headers["Authorization"].replace(key_id, self._laptop.access_key_id, 1)
        return await self._pass_on(request, body, {"Authorization": signed})


def _s3_refusal(code: str, message: str) -> web.Response:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
    return web.Response(status=403, body=text.encode(), content_type="application/xml")


def _dynamodb_refusal(kind: str, message: str) -> web.Response:
    body = {"__type": f"com.amazon.coral.service#{kind}", "message": message}
    return web.Response(status=400, body=msgspec.json.encode(body), content_type="application/x-amz-json-1.0")
