"""`make deploy` asks for no protection until the data stack has been created once."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.deploy import NEVER_CREATED, main, steps, was_created
from infra.stages import DEV, LAPTOP

UNPROTECTED = ["npx", "cdk", "deploy", "-c", "stage=dev", "tillstream-dev-data", "-c", "unprotected=true"]
BOTH = ["npx", "cdk", "deploy", "-c", "stage=dev", "--all"]


class CloudFormation(ThreadingHTTPServer):
    """A server of CloudFormation's query API that knows one stack, and keeps the calls that it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.status: str | None = None
        self.protected = False
        self.calls: list[str] = []

    def answer(self, call: dict[str, list[str]]) -> tuple[int, str]:
        """The status and the XML with which AWS answers a call."""
        self.calls.append(call["Action"][0])
        if call["Action"] == ["UpdateTerminationProtection"]:
            self.protected = call["EnableTerminationProtection"] == ["true"]
            return 200, result("UpdateTerminationProtection", "<StackId>arn</StackId>")
        if self.status == "denied":
            return 403, error("AccessDenied", "User is not authorized to perform: cloudformation:DescribeStacks")
        if self.status is None:
            return 400, error("ValidationError", f"Stack with id {call['StackName'][0]} does not exist")
        members = {
            "StackName": call["StackName"][0],
            "StackStatus": self.status,
            "CreationTime": "2026-11-29T00:00:00Z",
            "EnableTerminationProtection": str(self.protected).lower(),
        }
        inside = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
        return 200, result("DescribeStacks", f"<Stacks><member>{inside}</member></Stacks>")


class Answers(BaseHTTPRequestHandler):
    """The server's answers."""

    server: CloudFormation

    def do_POST(self) -> None:
        status, body = self.server.answer(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the server's log of requests out of the test's output."""


def result(action: str, inside: str) -> str:
    return f"<{action}Response><{action}Result>{inside}</{action}Result></{action}Response>"


def error(code: str, message: str) -> str:
    inside = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
    return f"<ErrorResponse><Error>{inside}</Error></ErrorResponse>"


@pytest.fixture
def server() -> Iterator[CloudFormation]:
    with CloudFormation() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(server: CloudFormation) -> Any:
    return boto3.client(
        "cloudformation",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.server_address[1]}",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_stack_that_never_stood_is_created_unprotected_and_protected_by_the_next_step() -> None:
    assert steps(DEV, created=False) == [UNPROTECTED, BOTH]


def test_a_stack_that_stands_is_never_deployed_without_its_protection() -> None:
    assert steps(DEV, created=True) == [BOTH]


def test_a_stage_without_protection_needs_no_step_of_its_own_for_it() -> None:
    assert steps(LAPTOP, created=False) == [["npx", "cdk", "deploy", "-c", "stage=laptop", "--all"]]


def test_an_account_that_only_the_cdk_would_know_is_refused() -> None:
    """Else another account than the one that is deployed to would say whether the stack stands."""
    for option in ("--profile", "--profile=production"):
        with pytest.raises(SystemExit):
            main(["--stage", "dev", "--", option])


def test_options_for_the_cdk_go_into_every_step() -> None:
    for step in steps(DEV, created=False, options=["--require-approval", "never"]):
        assert step[5:7] == ["--require-approval", "never"]


@pytest.mark.parametrize("status", [None, *sorted(NEVER_CREATED)])
def test_no_state_of_a_failed_creation_counts_as_created(server: CloudFormation, client: Any, status: str) -> None:
    server.status = status
    assert not was_created(client, "tillstream-dev-data")
    assert server.calls == ["DescribeStacks"]


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_that_was_created_keeps_its_protection(server: CloudFormation, client: Any, status: str) -> None:
    server.status, server.protected = status, True
    assert was_created(client, "tillstream-dev-data")
    assert (server.calls, server.protected) == (["DescribeStacks"], True)


def test_the_protection_of_a_failed_creation_is_lifted(server: CloudFormation, client: Any) -> None:
    server.status, server.protected = "ROLLBACK_COMPLETE", True
    assert not was_created(client, "tillstream-dev-data")
    assert (server.calls, server.protected) == (["DescribeStacks", "UpdateTerminationProtection"], False)


def test_a_refused_question_is_no_answer(server: CloudFormation, client: Any) -> None:
    server.status = "denied"
    with pytest.raises(ClientError, match="not authorized"):
        was_created(client, "tillstream-dev-data")
