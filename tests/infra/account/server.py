"""The calls of AWS that the CDK's command line makes for a deployment, answered over HTTP for an emulated account.

STS says who asks and lends roles, SSM has the version of the bootstrap stack, S3 takes the assets and keeps the
templates, and CloudFormation is `tests.infra.account.cloudformation`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import yaml

from tests.infra.account.cloudformation import Account, Refused, Stack

ID: Final = "123456789012"
OF_A_SET: Final = f"arn:aws:cloudformation:us-east-1:{ID}:stack/of-a-change-set/"
"""The beginning of a stack's id as a change set gives it, before the stack is made: its name follows."""
TOOLKIT: Final = "CDKToolkit"
"""The stack that `cdk bootstrap` makes."""

TIME: Final = "2026-11-29T12:00:00.000Z"
MOST_SECONDS: Final = "2099-01-01T00:00:00Z"

Form = Mapping[str, str]
"""The fields of a call of a query protocol."""


class Server(ThreadingHTTPServer):
    """An account behind HTTP; `calls` has every operation of CloudFormation that changed something."""

    def __init__(self, account: Account) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.account = account
        self.objects: dict[str, bytes] = {}
        self.sets: dict[str, Any] = {}
        self.calls: list[tuple[str, str]] = []
        self.lock = Lock()

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which AWS's tools find this account."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }

    def query(self, form: Form) -> str:
        """The result of a call of STS or CloudFormation, as XML."""
        action = form["Action"]
        name = form.get("StackName", "").removeprefix(OF_A_SET)
        match action:
            case "GetCallerIdentity":
                return f"<Account>{ID}</Account><Arn>arn:aws:iam::{ID}:user/me</Arn><UserId>me</UserId>"
            case "AssumeRole":
                keys = "<AccessKeyId>key</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
                until = f"<SessionToken>t</SessionToken><Expiration>{MOST_SECONDS}</Expiration>"
                return f"<Credentials>{keys}{until}</Credentials>"
            case "DescribeStacks":
                found = [self.account.stack(name)] if name else self.account.stacks
                return f"<Stacks>{''.join(map(described, found))}</Stacks>"
            case "GetTemplate":
                return f"<TemplateBody>{escape(json.dumps(self.account.stack(name).template))}</TemplateBody>"
            case "DescribeStackEvents":
                stack = self.account.stack(name)
                return f"<StackEvents>{''.join(reversed(list(events(stack))))}</StackEvents>"
            case "DescribeChangeSet":
                change = "<member><Type>Resource</Type></member>"
                done = "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>"
                names = f"<ChangeSetName>{name}</ChangeSetName><StackId>{OF_A_SET}{name}</StackId>"
                return f"{names}{done}<Changes>{change}</Changes>"
            case "DescribeStackResources" | "ListStackResources":
                return "<StackResources/><StackResourceSummaries/>"
        self.calls.append((action, name.rpartition("/")[0].rpartition("/")[2] or name))
        match action:
            case "CreateStack":
                protected = form.get("EnableTerminationProtection") == "true"
                return f"<StackId>{self.account.create(name, self._template(form), protected=protected).id}</StackId>"
            case "UpdateStack":
                self.account.update(stack := self.account.stack(name), self._template(form))
                return f"<StackId>{stack.id}</StackId>"
            case "CreateChangeSet":
                self.sets[name] = self._template(form)
                return f"<Id>{name}</Id><StackId>{name}</StackId>"
            case "ExecuteChangeSet":
                self.account.create(name, self.sets.pop(name), protected=False)
                return ""
            case "DeleteStack":
                self.account.delete(self.account.stack(name))
                return ""
            case "UpdateTerminationProtection":
                stack = self.account.stack(name)
                stack.protected = form["EnableTerminationProtection"] == "true"
                return f"<StackId>{stack.id}</StackId>"
        raise Refused(f"this emulation has no {action}")

    def _template(self, form: Form) -> Any:
        if body := form.get("TemplateBody"):
            return yaml.safe_load(body)  # the CDK writes it so, and JSON is YAML too
        return json.loads(self.objects[unquote(urlsplit(form["TemplateURL"]).path)])


def described(stack: Stack) -> str:
    """A stack as DescribeStacks shows it."""
    outputs = stack.template.get("Outputs", {}) if stack.made else {}
    members = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(json.dumps(it['Value']))}</OutputValue></member>"
        for key, it in outputs.items()
    )
    return (
        f"<member><StackName>{stack.name}</StackName><StackId>{stack.id}</StackId><CreationTime>{TIME}</CreationTime>"
        f"<StackStatus>{stack.status}</StackStatus><DisableRollback>false</DisableRollback>"
        f"<EnableTerminationProtection>{str(stack.protected).lower()}</EnableTerminationProtection>"
        f"<Outputs>{members}</Outputs></member>"
    )


def events(stack: Stack) -> Iterator[str]:
    """The events of a stack as DescribeStackEvents shows them."""
    for at, (logical_id, type, status, reason) in enumerate(stack.events):
        yield (
            f"<member><StackId>{stack.id}</StackId><EventId>{at}</EventId><StackName>{stack.name}</StackName>"
            f"<LogicalResourceId>{logical_id}</LogicalResourceId><PhysicalResourceId>{stack.id}</PhysicalResourceId>"
            f"<ResourceType>{type}</ResourceType><Timestamp>{TIME}</Timestamp><ResourceStatus>{status}</ResourceStatus>"
            f"<ResourceStatusReason>{escape(reason)}</ResourceStatusReason></member>"
        )


class Answers(BaseHTTPRequestHandler):
    """The server's answers, each call at a time."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self._body().decode()
        if "upload" in urlsplit(self.path).query:  # S3 takes a large asset in parts
            self._send(
                200, "<Result><Bucket>b</Bucket><Key>k</Key><UploadId>1</UploadId><ETag>e</ETag></Result>", "text/xml"
            )
            return
        if "GetParameter" in self.headers.get("X-Amz-Target", ""):
            self._parameter()
            return
        form = {name: values[0] for name, values in parse_qs(body).items()}
        action = form.get("Action", "")
        with self.server.lock:
            try:
                inside = self.server.query(form)
            except Refused as error:
                text = f"<Type>Sender</Type><Code>ValidationError</Code><Message>{escape(str(error))}</Message>"
                self._send(400, f"<ErrorResponse><Error>{text}</Error></ErrorResponse>", "text/xml")
                return
        self._send(200, f"<{action}Response><{action}Result>{inside}</{action}Result></{action}Response>", "text/xml")

    def _parameter(self) -> None:
        """Answer the version of the bootstrap stack, if it stands."""
        for stack in self.server.account.stacks:
            if stack.name == TOOLKIT and stack.status == "CREATE_COMPLETE":
                version = stack.template["Resources"]["CdkBootstrapVersion"]["Properties"]["Value"]
                self._send(200, json.dumps({"Parameter": {"Name": "version", "Type": "String", "Value": version}}))
                return
        self._send(400, json.dumps({"__type": "ParameterNotFound"}))

    def do_PUT(self) -> None:
        body = self._body()
        if urlsplit(self.path).path.endswith(".json"):
            self.server.objects[unquote(urlsplit(self.path).path)] = body
        self._send(200, "")

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "encryption" in query:
            default = "ApplyServerSideEncryptionByDefault"
            rule = f"<Rule><{default}><SSEAlgorithm>AES256</SSEAlgorithm></{default}></Rule>"
            self._send(
                200, f"<ServerSideEncryptionConfiguration>{rule}</ServerSideEncryptionConfiguration>", "text/xml"
            )
        elif "location" in query:
            self._send(200, "<LocationConstraint></LocationConstraint>", "text/xml")
        else:
            self._send(200, "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>", "text/xml")

    def do_HEAD(self) -> None:
        self._send(200, "")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(chunks)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, status: int, body: str, type: str = "application/x-amz-json-1.1") -> None:
        self.send_response(status)
        self.send_header("Content-Type", type)
        self.send_header("ETag", '"e"')
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Log no request."""


@contextmanager
def serving(account: Account) -> Iterator[Server]:
    """The account behind HTTP, while the block runs."""
    with Server(account) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
