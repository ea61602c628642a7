"""A running platform's doors, API and topic, with a tally of what came in by them."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from confluent_kafka import Producer

from tests.end_to_end.laptop import Laptop, pid_of
from tests.processes import children

PROBLEM = "application/problem+json"
JSON = "application/json"


class SignedAt(SigV4Auth):  # type: ignore[misc]
    """Signs as if the clock showed another moment."""

    def __init__(self, credentials: Credentials, region: str, moment: datetime) -> None:
        super().__init__(credentials, "execute-api", region)
        self._moment = moment

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._moment.strftime("%Y%m%dT%H%M%SZ")
        super()._modify_request_before_signing(request)


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    content_type: str
    body: Any


@dataclass
class Doors:
    """Asks the API and writes into the topic, and knows what each store must hold for it."""

    laptop: Laptop
    published: int = 0
    line_ids: set[str] = field(default_factory=set)
    foreign: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    @cached_property
    def credentials(self) -> Credentials:
        return self.laptop.target.session.get_credentials().get_frozen_credentials()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        key: str | None = None,
        secret: str | None = None,
        moment: datetime | None = None,
    ) -> Told:
        """What a signed request is answered; its path is sent as it is written."""
        keys = Credentials(key or self.credentials.access_key, secret or self.credentials.secret_key)
        signed = AWSRequest(method, self.laptop.target.api_url + path, data=body, headers=dict(headers or {}))
        SignedAt(keys, self.laptop.target.region, moment or datetime.now(UTC)).add_auth(signed)
        return self.send(method, path, body, dict(signed.headers.items()))

    def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Told:
        """What a request is answered as it is."""
        url = urlsplit(self.laptop.target.api_url)
        connection = http.client.HTTPConnection(url.netloc, timeout=40)
        try:
            connection.request(method, url.path + path, body or None, dict(headers or {}))
            response = connection.getresponse()
            told = Told(response.status, response.headers.get_content_type(), json.loads(response.read() or b"null"))
        finally:
            connection.close()
        self.tally(told.status, told.body)
        return told

    def tally(self, status: int, body: Any) -> None:
        """Count what this answer says was accepted."""
        self.statuses[status] += 1
        if isinstance(body, dict) and "results" in body:
            ids = [result["LineId"] for result in body["results"] if "LineId" in result]
            assert len(ids) == body["accepted"]
            self.published += len(ids)
            self.line_ids.update(ids)

    def put_into_topic(self, *messages: Mapping[str, Any]) -> None:
        """Publish as anybody could who reaches the brokers; none of it counts as a line."""
        producer = Producer({"bootstrap.servers": self.laptop.target.bootstrap_servers})
        for message in messages:
            producer.produce(self.laptop.target.topic, **message)
        assert producer.flush(30) == 0
        self.foreign += len(messages)

    def nothing_is_lost(self) -> dict[str, Any]:
        """The status once the consumers have read all; raises unless each store holds just what was accepted."""
        while True:
            status: dict[str, Any] = json.loads(self.laptop.do("status", "--json"))
            if not any(group["lag"] for group in status["groups"]):
                break
            time.sleep(0.2)
        assert status["deliveries"] == dict.fromkeys(("topic", "s3"), self.published + self.foreign)
        assert status["lines"]["dynamodb"] == len(self.line_ids)
        return status

    def greatest_memory(self) -> dict[str, int]:
        """The most memory (MB) that the gateway, and the largest of the functions' workers, ever held."""
        gateway = pid_of(self.laptop, "runtime")
        return {"gateway": _megabytes(gateway), "worker": max(map(_megabytes, children(gateway)))}


class Signature(requests.auth.AuthBase):
    """Signs the requests of `requests`."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.url is not None
        # a plus is a blank to some who check a signature, and a plus to others
        path, mark, query = request.url.partition("?")
        request.url = path + mark + query.replace("+", "%20")
        signed = AWSRequest(request.method, request.url, data=request.body or b"")
        SigV4Auth(self._doors.credentials, "execute-api", self._doors.laptop.target.region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


def _megabytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
