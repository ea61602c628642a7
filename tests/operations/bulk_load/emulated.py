"""DynamoDB's own bulk loads over DynamoDB Local, which has none."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

from stores.target import Target
from tests.operations.stage.aws import Refusal, Stage


@dataclass
class BulkLoads:
    """The bulk loads of an account: each puts its items at once, and goes through the states of `ends`, one a look.

    The names of tables are answered as ARNs where `by_arn` says so; a load of one of `others` may not be described.
    """

    target: Target
    ends: tuple[str, ...] = ("IN_PROGRESS", "COMPLETED")
    asked: list[dict[str, Any]] = field(default_factory=list)
    looks: dict[str, int] = field(default_factory=dict)
    by_arn: bool = False
    others: tuple[str, ...] = ()
    lost: int = 0
    """The next answers to StartBulkPutItems that do not arrive."""
    refusal: str = ""
    """The code by which StartBulkPutItems is refused."""
    started: dict[str, str] = field(default_factory=dict)
    """The ARNs of the loads by their ClientToken."""

    @property
    def operations(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        """The answer to each operation."""
        return {
            "StartBulkPutItems": self._start,
            "DescribeBulkOperation": self._describe,
            "ListBulkOperations": self._list,
        }

    def _start(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.refusal:
            raise Refusal(self.refusal)
        self.asked.append(given)
        arn = self.started.get(given["ClientToken"]) or self._load(given)
        self.started[given["ClientToken"]] = arn
        if self.lost:
            self.lost -= 1
            raise ConnectionAbortedError
        return {"BulkOperationDescription": {"BulkOperationArn": arn, "BulkOperationStatus": self._status(arn)}}

    def _load(self, given: dict[str, Any]) -> str:
        """Put the items; the ARN of the load."""
        source, s3, dynamodb = given["InputS3Configuration"], self.target.client("s3"), self.target.client("dynamodb")
        listed = s3.list_objects_v2(Bucket=source["S3Bucket"], Prefix=source["S3KeyPrefix"])
        for found in listed.get("Contents", ()):
            body = s3.get_object(Bucket=source["S3Bucket"], Key=found["Key"])["Body"].read()
            for text in gzip.decompress(body).splitlines():
                dynamodb.put_item(TableName=given["TableName"], Item=json.loads(text)["Item"])
        return self.begin(given["TableName"])

    def begin(self, table: str) -> str:
        """Let a load of this table be under way; its ARN."""
        account = self.target.cluster.split(":")[4]
        arn = f"arn:aws:dynamodb:{self.target.region}:{account}:table/{table}/bulk-operation/{len(self.looks) + 1}"
        self.looks[arn] = 0
        return arn

    def _describe(self, given: dict[str, Any]) -> dict[str, Any]:
        arn = given["BulkOperationArn"]
        status, table = self._status(arn), arn.partition("/bulk-operation/")[0]
        name = table.rpartition("/")[2]
        if name in self.others:
            raise Refusal("AccessDeniedException")
        self.looks[arn] += 1
        tables = [{"TableName": table if self.by_arn else name}]
        described = {"BulkOperationArn": arn, "BulkOperationStatus": status, "TableDetails": tables}
        return {"BulkOperationDescription": described}

    def _list(self, given: dict[str, Any]) -> dict[str, Any]:
        """One operation a page."""
        arns, at = list(self.looks), int(given.get("NextToken", 0))
        found = [
            {"BulkOperationArn": it, "BulkOperationStatus": self._status(it), "StartTime": 0}
            for it in arns[at : at + 1]
        ]
        more = {"NextToken": str(at + 1)} if at + 1 < len(arns) else {}
        return {"BulkOperationsSummaryList": found, **more}

    def _status(self, arn: str) -> str:
        return self.ends[min(self.looks[arn], len(self.ends) - 1)]


@contextmanager
def served(real: Target, *ends: str) -> Iterator[tuple[Target, BulkLoads]]:
    """A DynamoDB that has bulk loads, and leaves other calls to DynamoDB Local."""
    loads = BulkLoads(real, ends or ("IN_PROGRESS", "COMPLETED"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            status = 200
            try:
                if own := loads.operations.get(operation):
                    answer = json.dumps(own(json.loads(body))).encode()
                else:
                    forwarded = Request(real.endpoints["dynamodb"], body, dict(self.headers))
                    answer = urlopen(forwarded).read()
            except ConnectionAbortedError:
                self.close_connection = True
                return
            except Refusal as refusal:
                status, answer = 400, json.dumps({"__type": str(refusal), "message": "no"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Log no request."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        endpoints = {**real.endpoints, "dynamodb": f"http://127.0.0.1:{server.server_address[1]}"}
        yield Stage(**vars(replace(real, endpoints=endpoints))), loads
        server.shutdown()
