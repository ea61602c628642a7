"""An AWS of one stage on a real socket: CloudFormation, Glue, Lambda, CloudWatch and its logs, and the stage's API."""

import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import uuid4

from operations.stage.deployed import Deployed
from stores.target import Target
from tests.stores.test_target import LAPTOP

STACK: Final = "tillstream-dev"
MAPPINGS: Final = "/2015-03-31/event-source-mappings"
RESOURCES: Final = (
    ("AWS::Logs::LogGroup", "IngestLogs1A2B3C4D", "tillstream-dev-IngestLogs1A2B3C4D-x"),
    ("AWS::Logs::LogGroup", "RawArchiveLogs1A2B3C4E", "tillstream-dev-RawArchiveLogs1A2B3C4E-y"),
    ("AWS::Logs::LogGroup", "BatchCurateErrorLogs5", "/aws-glue/jobs/tillstream-dev-curate/error"),
    ("AWS::Logs::LogGroup", "BatchCurateOutputLogs6", "/aws-glue/jobs/tillstream-dev-curate/output"),
    ("AWS::Glue::Job", "BatchCurateJob7", "tillstream-dev-curate"),
    ("AWS::Glue::Job", "BatchLoadTablesJob8", "tillstream-dev-load_tables"),
    ("AWS::Glue::Workflow", "BatchWorkflow9", "tillstream-dev-batch"),
)


class Stage(Target):
    """A target with local servers that counts as a deployed stage."""

    @property
    def is_laptop(self) -> bool:
        return False


@dataclass
class Aws:
    """The content of the account: each run of a job goes through the states of `ends`, one a question.

    A run that failed is followed by the next of `again`, as Glue does it: by a run of its own, once it is looked for.
    """

    resources: tuple[tuple[str, str, str], ...] = RESOURCES
    logs: dict[str, list[tuple[str, int, str]]] = field(default_factory=dict)
    ends: tuple[str, ...] = ("RUNNING", "SUCCEEDED")
    again: tuple[tuple[str, ...], ...] = ()
    alarms: list[dict[str, Any]] = field(default_factory=list)
    pipeline: tuple[int, bytes] = (404, b"")
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    busy: bool = False
    mappings: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: bytes = b""
    lags: list[list[float]] = field(default_factory=list)
    """The points, a minute each, of a backfill's lag at each look; the last ones stay. The usual group has none."""

    def answer(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """The answer of a JSON operation; raises `KeyError` for one that nobody should ask."""
        self.asked.append((operation, given))
        operations: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "FilterLogEvents": self._events,
            "DescribeLogStreams": self._streams,
            "DescribeLogGroups": lambda it: {
                "logGroups": [{"logGroupName": it["logGroupNamePrefix"], "storedBytes": 7}]
            },
            "StartJobRun": self._start,
            "GetJob": lambda it: {"Job": {"Name": it["JobName"], "MaxRetries": len(self.again)}},
            "GetJobRun": lambda it: {"JobRun": self._on(it["JobName"], it["RunId"])},
            "GetJobRuns": self._newest,
            "StartWorkflowRun": lambda it: {"RunId": "wr_1"},
            "GetWorkflowRun": self._workflow,
            "DescribeAlarms": lambda it: {"MetricAlarms": self.alarms},
            "GetMetricStatistics": self._lags,
        }  # fmt: skip
        return operations[operation](given)

    def _events(self, given: dict[str, Any]) -> dict[str, Any]:
        kept = self.logs.get(given["logGroupName"], [])
        found = [
            {"timestamp": at, "eventId": f"{stream}-{number}", "message": text, "logStreamName": stream}
            for number, (stream, at, text) in enumerate(kept)
            if at >= given["startTime"] and stream.startswith(given.get("logStreamNamePrefix", ""))
        ]
        # two pages, as AWS may cut them
        half = len(found) // 2
        if given.get("nextToken"):
            return {"events": found[half:]}
        return {"events": found[:half], "nextToken": "2"}

    def _streams(self, given: dict[str, Any]) -> dict[str, Any]:
        kept = self.logs.get(given["logGroupName"], [])
        return {
            "logStreams": [{"logStreamName": "s", "lastEventTimestamp": max(at for _, at, _ in kept)}] if kept else []
        }

    def _start(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.busy:
            raise Refusal("ConcurrentRunsExceededException")
        self._begun("jr_1", given["JobName"])
        return {"JobRunId": "jr_1"}

    def _begun(self, id: str, job: str, **others: Any) -> None:
        runs = self.runs.setdefault(job, [])
        run = {"Id": id, "JobName": job, "JobRunState": "STARTING", "StartedOn": 1_291_190_400 + len(runs), **others}
        runs.insert(0, run)

    def _newest(self, given: dict[str, Any]) -> dict[str, Any]:
        """The newest runs. The attempt after one that failed is there for the second who looks."""
        there = self.runs.get(given["JobName"], [])[: given["MaxResults"]]
        if there and there[0]["JobRunState"] == "FAILED" and (number := there[0].get("Attempt", 0)) < len(self.again):
            others = {"Attempt": number + 1, "PreviousRunId": there[0]["Id"]}
            self._begun(f"jr_1_attempt_{number + 1}", given["JobName"], **others)
        return {"JobRuns": there}

    def _on(self, job: str, id: str = "") -> dict[str, Any]:
        run = next(it for it in self.runs[job] if id in ("", it["Id"]))
        states = ("STARTING", *(self.ends, *self.again)[run.get("Attempt", 0)])
        run["JobRunState"] = states[min(states.index(run["JobRunState"]) + 1, len(states) - 1)]
        run["ExecutionTime"] = 61
        if run["JobRunState"] == "FAILED":
            run["ErrorMessage"] = "no disk"
        return run

    def _workflow(self, given: dict[str, Any]) -> dict[str, Any]:
        for job in ("tillstream-dev-curate", "tillstream-dev-load_tables"):
            if job not in self.runs:
                self._start({"JobName": job})
                return {"Run": {"Status": "RUNNING"}}
            if self._on(job)["JobRunState"] not in ("SUCCEEDED", "FAILED"):
                return {"Run": {"Status": "RUNNING"}}
        nodes = [{"Type": "JOB", "JobDetails": {"JobRuns": runs}} for runs in self.runs.values()]
        return {"Run": {"Status": "COMPLETED", "Graph": {"Nodes": nodes}}}

    def _lags(self, given: dict[str, Any]) -> dict[str, Any]:
        points = []
        if "-backfill-" in str(given) and self.lags:
            points = self.lags.pop(0) if len(self.lags) > 1 else self.lags[0]
        found = [{"Timestamp": 60 * minute, "Maximum": value} for minute, value in enumerate(points)]
        return {"Label": "SumOffsetLag", "Datapoints": found}

    def mapping(self, method: str, uuid: str, given: dict[str, Any]) -> dict[str, Any]:
        """Lambda's answer about event source mappings; a new one is enabled at once."""
        self.asked.append((f"{method} mapping", given))
        match method, uuid:
            case "POST", "":
                made = {**given, "UUID": str(uuid4()), "State": "Enabled", "LastProcessingResult": "OK"}
                self.mappings[made["UUID"]] = made
                return made
            case "GET", "":
                return {"EventSourceMappings": list(self.mappings.values())}
            case "DELETE", _:
                return self.mappings.pop(uuid)
        return self.mappings[uuid]

    def xml(self, action: str) -> str:
        """CloudFormation's answer."""
        assert action == "ListStackResources"
        members = "".join(
            f"<member><ResourceType>{type}</ResourceType><LogicalResourceId>{id}</LogicalResourceId>"
            f"<PhysicalResourceId>{name}</PhysicalResourceId></member>"
            for type, id, name in self.resources
        )
        body = f"<StackResourceSummaries>{members}</StackResourceSummaries>"
        return f"<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"


class Refusal(Exception):
    """AWS refuses the call with this code."""


@contextmanager
def stage(aws: Aws) -> Iterator[Deployed]:
    """The deployed stage of this account, which is served inside the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256")
            if target := self.headers.get("X-Amz-Target"):
                try:
                    self._send(200, json.dumps(aws.answer(target.rpartition(".")[2], json.loads(body))).encode())
                except Refusal as refusal:
                    self._send(400, json.dumps({"__type": str(refusal), "message": "no"}).encode())
            elif self.path.startswith(MAPPINGS):
                self._send(202, json.dumps(aws.mapping("POST", "", json.loads(body))).encode())
            elif "cbor" in self.headers["Content-Type"]:
                self._send(200, cbor(aws.answer(self.path.rpartition("/")[2], {})), "application/cbor")
            else:
                self._send(200, aws.xml(parse_qs(body.decode())["Action"][0]).encode(), "text/xml")

        def do_DELETE(self) -> None:
            self._send(202, json.dumps(aws.mapping("DELETE", self.path.rpartition("/")[2], {})).encode())

        def do_GET(self) -> None:
            if self.path.startswith(MAPPINGS):
                uuid = self.path.partition("?")[0].removeprefix(MAPPINGS).strip("/")
                self._send(200, json.dumps(aws.mapping("GET", uuid, {})).encode())
                return
            if self.path.startswith("/P/topic/messages?"):
                self._send(200, aws.messages)
                return
            assert re.fullmatch(r"/P/pipeline", self.path), self.path
            self._send(*aws.pipeline)

        def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if "cbor" in kind:
                self.send_header("smithy-protocol", "rpc-v2-cbor")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Log no request."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        services = dict.fromkeys(("cloudformation", "logs", "glue", "lambda", "cloudwatch"), url)
        yield Deployed(STACK, replace(LAPTOP, api_url=f"{url}/P", endpoints=services))
        server.shutdown()
        thread.join()


def cbor(value: Any) -> bytes:
    """The value in CBOR, the protocol in which botocore speaks with CloudWatch."""
    match value:
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case float() | int():
            return b"\xfb" + struct.pack(">d", value)
        case list():
            return _head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            return _head(5, len(value)) + b"".join(cbor(key) + cbor(it) for key, it in value.items())
    raise TypeError(value)


def _head(kind: int, length: int) -> bytes:
    return bytes([kind << 5 | 25]) + struct.pack(">H", length)
