"""The questions to an account over HTTP, to a server that knows who asks and allows nothing else."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from local.account.answers import Caller, Unasked
from local.account.findings import findings
from local.account.questions import Account, ask
from tests.local.account.test_findings import NEEDS

CALLER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
    "<Arn>arn:aws:iam::123456789012:user/me</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
REFUSED_AS_XML = (
    "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>"
)


class Refuses(BaseHTTPRequestHandler):
    """Answers in the form of each of AWS's protocols."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Content-Type", "")
        if b"GetCallerIdentity" in body:
            self._send(200, CALLER)
        elif "form" in kind:
            self._send(403, REFUSED_AS_XML)
        else:
            self._send(403, "" if "cbor" in kind else '{"__type": "AccessDeniedException", "message": "no"}')

    def do_GET(self) -> None:
        service = self.headers["Authorization"].split("/")[3]
        denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
        self._send(403, denied if service == "s3" else '{"message": "no"}')

    def _send(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Log no request."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }.items():
            monkeypatch.setenv(name, value)
        yield Account("us-east-1")
        server.shutdown()
        thread.join()


def test_what_is_not_allowed_is_unknown_by_its_action_and_nothing_is_missing(account: Account) -> None:
    answers = ask(NEEDS, account)
    assert answers.caller == Caller("123456789012", "arn:aws:iam::123456789012:user/me")
    said = findings("dev", NEEDS, answers)
    assert [it.need for it in said if it.missing] == []
    assert {it.found for it in said if not it.asked} == {
        f"could not be asked: {action} is not allowed"
        for action in (
            "apigateway:GET",
            "cloudformation:DescribeStacks",
            "dynamodb:ListTables",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeRegions",
            "glue:ListJobs",
            "kafka:ListClustersV2",
            "kafka:ListKafkaVersions",
            "lambda:GetAccountSettings",
            "s3:ListAllMyBuckets",
            "servicequotas:GetServiceQuota",
            "ssm:GetParameter",
        )
    }


def test_a_service_that_does_not_answer_is_unknown_with_the_reason(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a region has no such service: its host name is not known."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_KAFKA", "http://127.0.0.1:1")
    versions = ask(NEEDS, account).versions
    assert isinstance(versions, Unasked)
    assert (versions.action, versions.denied) == ("kafka:ListKafkaVersions", False)
    assert "Could not connect" in versions.why


def test_without_an_account_that_answers_nothing_else_is_asked(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    [only] = findings("dev", NEEDS, ask(NEEDS, account))
    assert (only.need, only.missing) == ("credentials", True)
