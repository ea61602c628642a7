"""The custom resource's answers to CloudFormation, with an MSK that answers, fails, or must not be asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from infra.custom_resources.bootstrap_brokers.handler import answer
from infra.custom_resources.response import respond

CLUSTER = "arn:aws:kafka:us-east-1:000000000000:cluster/tillstream-dev/1234-1"


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": "https://example.invalid",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Brokers",
        "ResourceProperties": {"ClusterArn": CLUSTER},
    } | more


def servers(arn: str) -> Mapping[str, Any]:
    assert arn == CLUSTER
    return {"BootstrapBrokerStringSaslIam": "b-1:9098,b-2:9098", "ResponseMetadata": {}}


def must_not_be_asked(arn: str) -> Mapping[str, Any]:
    raise AssertionError("asked")


TOLD = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Brokers", "PhysicalResourceId": CLUSTER}


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_servers_and_the_security_are_told(kind: str) -> None:
    data = {"Servers": "b-1:9098,b-2:9098", "Security": "MSK_IAM"}
    assert answer(event(kind), servers) == {**TOLD, "Status": "SUCCESS", "Data": data}


def test_a_deletion_succeeds_and_asks_nothing() -> None:
    assert answer(event("Delete", PhysicalResourceId=CLUSTER), must_not_be_asked) == {**TOLD, "Status": "SUCCESS"}


def test_a_failed_creation_is_deleted_under_the_name_that_it_got() -> None:
    failed = answer(event("Create", ResourceProperties={}), must_not_be_asked)
    assert (failed["Status"], failed["PhysicalResourceId"]) == ("FAILED", "Brokers")
    assert answer(event("Delete", ResourceProperties={}, PhysicalResourceId="Brokers"), servers)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("brokers", "reason"),
    [
        (lambda arn: {"BootstrapBrokerStringTls": "b-1:9094"}, "KeyError: 'BootstrapBrokerStringSaslIam'"),
        (lambda arn: (_ for _ in ()).throw(TimeoutError("no answer")), "TimeoutError: no answer"),
    ],
)
def test_a_failure_is_told_with_its_reason(brokers: Any, reason: str) -> None:
    told = answer(event("Create"), brokers)
    assert told == {**TOLD, "Status": "FAILED", "Reason": f"the brokers of {CLUSTER} are not known: {reason}"}


class _CloudFormation(BaseHTTPRequestHandler):
    """Takes the answer as the signed address of S3 does."""

    received: list[tuple[str, str, Any]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def cloudformation() -> Iterator[HTTPServer]:
    _CloudFormation.received = []
    with HTTPServer(("127.0.0.1", 0), _CloudFormation) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_answer_is_put_to_the_address_with_the_empty_type_that_its_signature_covers(
    cloudformation: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answer(event("Create"), servers)
    respond(f"http://127.0.0.1:{cloudformation.server_port}/answer?signed=1", told)
    assert _CloudFormation.received == [("/answer?signed=1", "", told)]
    assert json.loads(capsys.readouterr().out) == {"answered": "SUCCESS", "reason": None}
