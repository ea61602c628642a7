"""Signed requests to the platform's API: SigV4 with the target's credentials, over kept-alive connections."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from requests.adapters import HTTPAdapter

from commerce import wire
from commerce.errors import NoTarget, UnreadableDocument
from producer.errors import NoAnswer
from producer.replay.plan import PASSES, delay_seconds
from stores.target import LOOPBACK, Target

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 35.0
"""Seconds to wait for an answer; the gateway stops waiting for its function after 29 seconds."""

GET_TRIES: Final = 5
"""How many times a page is requested before the error is shown."""

ORDER_LINES: Final = "/order-lines"
SERVICE: Final = "execute-api"

_JSON: Final = {"Content-Type": "application/json"}


class Keys(NamedTuple):
    """The laptop's credentials under botocore's names; its own class costs half a second of importing boto3."""

    access_key: str
    secret_key: str
    token: None = None


class Answer(msgspec.Struct, frozen=True):
    """The API's answer; `retry_after` is the unparsed header of that name."""

    status: int
    body: bytes
    retry_after: str | None


class Api:
    """The API of a target. `connect` gives each thread a connection of its own."""

    def __init__(self, target: Target) -> None:
        """Find the credentials that sign; raises `NoTarget` where there are none."""
        self._keys = _keys_of(target)
        self._region = target.region
        self._url = target.api_url.rstrip("/")

    def connect(self) -> "Connection":
        """A connection for one thread; it is opened by its first request."""
        return Connection(self)

    def signed(self, method: str, path: str, body: bytes = b"") -> requests.PreparedRequest:
        """The request with a signature made now: a signature is valid for some minutes only."""
        request = AWSRequest(method, self._url + path, headers=_JSON if body else {}, data=body)
        SigV4Auth(self._keys(), SERVICE, self._region).add_auth(request)
        prepared = requests.PreparedRequest()
        prepared.prepare(method, request.url, headers=dict(request.headers.items()), data=body or None)
        return prepared

    @property
    def proxies(self) -> dict[str, str]:
        """The proxies that the environment names for this API; none on the laptop."""
        if urlsplit(self._url).hostname in LOOPBACK:
            return {}
        return dict(requests.utils.get_environ_proxies(self._url))


def _keys_of(target: Target) -> Callable[[], Any]:
    """A function that returns the current signing keys, renewing temporary ones.

    Raises `NoTarget` without credentials.
    """
    if target.access_key_id:
        keys = Keys(target.access_key_id, target.secret_access_key)
        return lambda: keys
    credentials = target.session.get_credentials()
    if credentials is None:
        raise NoTarget(f"no AWS credentials to sign requests to {target.api_url}: set AWS_PROFILE or AWS_ACCESS_KEY_ID")
    return credentials.get_frozen_credentials


class Connection:
    """One kept-alive connection to the API, opened by its first request and opened again after it broke."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._session = requests.Session()
        # neither .netrc, which would replace the signature, nor a look at the environment for each request
        self._session.trust_env = False
        self._session.proxies = api.proxies
        self._session.verify = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or True
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=1))

    def post_lines(self, body: bytes) -> Answer:
        """Post the lines; raises `NoAnswer` if the connection breaks or times out."""
        return self._answer(self._api.signed("POST", ORDER_LINES, body))

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """The API's answer to a GET of this path, repeated while the status is a passing one; raises `NoAnswer`."""
        full, random = f"{path}?{urlencode(query)}" if query else path, Random()
        for failures in range(GET_TRIES - 1):
            try:
                answer = self._answer(self._api.signed("GET", full))
            except NoAnswer:
                answer = Answer(PASSES[-1], b"", None)
            if answer.status not in PASSES:
                return answer
            time.sleep(delay_seconds(failures, answer.retry_after, random, datetime.now(UTC)))
        return self._answer(self._api.signed("GET", full))

    def pages(self, path: str) -> Iterator[Answer]:
        """The answers to a GET of this path and of every following page; a page's `next` is the next address."""
        query: dict[str, str] = {}
        while True:
            answer = self.get(path, query)
            yield answer
            if not (token := _next(answer)):
                return
            query = {"next": token}

    def close(self) -> None:
        """Close the connection to the API."""
        self._session.close()

    def _answer(self, request: requests.PreparedRequest) -> Answer:
        try:
            response = self._session.send(request, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False)
        except requests.RequestException as error:
            raise NoAnswer(f"{request.method} {request.url}: {_cause(error)}") from error
        return Answer(response.status_code, response.content, response.headers.get("Retry-After"))


def _next(answer: Answer) -> str | None:
    if answer.status != requests.codes.ok:
        return None
    try:
        parsed: Any = wire.parse(answer.body)
    except UnreadableDocument:
        return None  # the last page: whoever reads it finds out
    token = parsed.get("next") if isinstance(parsed, dict) else None
    return None if token is None else str(token)


def _cause(error: BaseException) -> str:
    """The innermost cause as text: requests wraps urllib3's error, which wraps the operating system's."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__
