"""A running platform's API and topic, with a count of everything that they accepted."""

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


class SignedAt(SigV4Auth):
    """Signs as if the clock showed another time."""

    def __init__(self, credentials: Credentials, region: str, moment: datetime) -> None:
        super().__init__(credentials, "execute-api", region)
        self._moment = moment

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._moment.strftime("%Y%m%dT%H%M%SZ")
        super()._modify_request_before_signing(request)  # type: ignore[misc]  # the stubs lack it


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    content_type: str
    body: Any


@dataclass
class Servers:
    """Sends requests to the API and messages to the topic, and counts what each store must hold afterwards."""

    laptop: Laptop
    published: int = 0
    line_ids: set[str] = field(default_factory=set)
    invalid: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    @cached_property
    def credentials(self) -> Credentials:
        target = self.laptop.target
        return Credentials(target.access_key_id, target.secret_access_key)

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
    ) -> Reply:
        """The answer to a signed request; its path is sent unchanged."""
        keys = Credentials(key or self.credentials.access_key, secret or self.credentials.secret_key)
        signed = AWSRequest(method, self.laptop.target.api_url + path, data=body, headers=dict(headers or {}))
        SignedAt(keys, self.laptop.target.region, moment or datetime.now(UTC)).add_auth(signed)
        return self.send(method, path, body, dict(signed.headers.items()))

    def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to an unsigned request."""
        url = urlsplit(self.laptop.target.api_url)
        connection = http.client.HTTPConnection(url.netloc, timeout=300)
        try:
            connection.request(method, url.path + path, body or None, dict(headers or {}))
            response = connection.getresponse()
            reply = Reply(response.status, response.headers.get_content_type(), json.loads(response.read() or b"null"))
        finally:
            connection.close()
        self.tally(reply.status, reply.body)
        return reply

    def tally(self, status: int, body: Any) -> None:
        """Count the rows that this answer accepted."""
        self.statuses[status] += 1
        if isinstance(body, dict) and "results" in body:
            ids = [result["LineId"] for result in body["results"] if "LineId" in result]
            assert len(ids) == body["accepted"]
            self.published += len(ids)
            self.line_ids.update(ids)

    def put_into_topic(self, *messages: Mapping[str, Any]) -> None:
        """Publish messages as any client of the brokers could; none of them is a line."""
        producer = Producer({"bootstrap.servers": self.laptop.target.bootstrap_servers})
        for message in messages:
            producer.produce(self.laptop.target.topic, **message)
        assert producer.flush(300) == 0
        self.invalid += len(messages)

    def nothing_is_lost(self) -> dict[str, Any]:
        """The status once the consumers have read all; raises unless each store holds exactly what was accepted."""
        while True:
            status: dict[str, Any] = json.loads(self.laptop.do("status", "--json"))
            if not any(group["lag"] for group in status["groups"]):
                break
            time.sleep(0.2)
        assert status["deliveries"] == dict.fromkeys(("topic", "s3"), self.published + self.invalid)
        assert status["lines"]["dynamodb"] == len(self.line_ids)
        return status

    def greatest_memory(self) -> dict[str, int]:
        """The most memory (MB) that the gateway, and the largest of the functions' workers, ever held."""
        gateway = pid_of(self.laptop, "runtime")
        return {"gateway": _megabytes(gateway), "worker": max(map(_megabytes, children(gateway)))}


class Signature(requests.auth.AuthBase):
    """Signs the requests of `requests`."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.url is not None
        # a plus is a blank to some who check a signature, and a plus to others
        path, mark, query = request.url.partition("?")
        request.url = path + mark + query.replace("+", "%20")
        signed = AWSRequest(request.method, request.url, data=request.body or b"")
        SigV4Auth(self._servers.credentials, "execute-api", self._servers.laptop.target.region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


def _megabytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
