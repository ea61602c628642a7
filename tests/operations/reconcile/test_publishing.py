"""The metric of a published verdict, as it is sent to CloudWatch."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from commerce.metrics import VERDICT_BROKEN
from commerce.verdicts import PublishedVerdict, measured
from operations.errors import StoreUnreachable
from operations.reconcile.publishing import count
from operations.reconcile.verdict import Outcome
from tests.laptops import a_laptop
from tests.parts import S3

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


class CloudWatch(BaseHTTPRequestHandler):
    """Keeps what was asked; refuses it where the server says so."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.asked.append((self.headers["X-Amz-Target"].rpartition(".")[2], body))
        answer = json.dumps({"__type": "AccessDenied", "message": "not allowed"} if server.refuses else {}).encode()
        self.send_response(403 if server.refuses else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), CloudWatch)
    server.asked, server.refuses = [], False
    with server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@pytest.mark.parametrize(("outcome", "value"), [(Outcome.HOLDS, 0), (Outcome.LOST, 1), (Outcome.DUE, 0)])
def test_a_verdict_is_broken_where_something_is_lost_and_not_where_it_is_only_due(outcome: Outcome, value: int) -> None:
    assert measured(PublishedVerdict(outcome.name.lower(), AT, "", [])) == {VERDICT_BROKEN: value}


def test_the_metric_of_a_verdict_is_of_the_lake_bucket_and_a_refusal_is_reported(
    cloudwatch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoints = {"cloudwatch": f"http://127.0.0.1:{cloudwatch.server_port}"}
    target = a_laptop(tmp_path, monkeypatch, S3("", "key", "secret"), region="eu-west-1", endpoints=endpoints)
    count(PublishedVerdict("lost", AT, "", []), target)
    point = {
        "MetricName": "VerdictBroken",
        "Dimensions": [{"Name": "LakeBucket", "Value": target.lake_bucket}],
        "Timestamp": AT.timestamp(),
        "Value": 1,
        "Unit": "Count",
    }
    assert cloudwatch.asked == [("PutMetricData", {"Namespace": "Tillstream", "MetricData": [point]})]
    cloudwatch.refuses = True
    with pytest.raises(StoreUnreachable, match="the verdict's metric cannot be published: .*not allowed"):
        count(PublishedVerdict("lost", AT, "", []), target)
