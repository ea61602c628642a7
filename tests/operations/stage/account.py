"""The laptop's running platform as an AWS account would serve a deployed stage, for commands with `--stack`.

S3, DynamoDB, Redshift's Data API, CloudWatch and the API are the laptop's own servers behind one address;
CloudFormation, Glue, Lambda and CloudWatch's logs are played over the laptop's jobs. Each call is held to the
operator's policy of the command, as IAM would, and recorded.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from time import time
from typing import Any, Final

import aiohttp
from aiohttp import web

from local.config import RunConfig
from local.errors import JobFailed, LocalError
from local.glue import runs
from local.http import read_body
from local.permissions.book import AccessDenied, Book
from local.permissions.calls import redshift_calls
from local.permissions.front import DynamoDBFront, Front, S3Front
from local.permissions.policies import Call
from local.sigv4 import Keys
from local.state import State
from operations.operator_policy.policy import Place
from tests.operations.bulk_load.emulated import BulkLoads
from tests.operations.stage.aws import MAPPINGS, Aws, Refusal

API: Final = "a1b2c3d4e5"
MOST_BYTES: Final = 64 * 1024 * 1024
SERVICES: Final = {"monitoring": "cloudwatch"}
"""IAM's names of services that are signed for under another one."""
PLAYED: Final = ("StartBulkPutItems", "DescribeBulkOperation", "ListBulkOperations", "GetMetricStatistics")
"""The operations that the laptop's servers have not, or have no points for: MSK publishes the lags."""
_SCOPE: Final = re.compile(r"Credential=[^/]+/\d+/[\w-]+/(?P<service>[\w-]+)/aws4_request")


@dataclass
class Stack(Aws):
    """The stack of the running laptop: its jobs run on the laptop's Spark, and their records are their log."""

    config: RunConfig = field(kw_only=True)
    loads: BulkLoads = field(kw_only=True)
    fails: bool = False
    """Whether a job fails as it begins."""

    def __post_init__(self) -> None:
        """The stack's resources are the workflow and the jobs, each with a log group."""
        names = [job.name for job in self.config.platform.jobs]
        groups = (("AWS::Logs::LogGroup", f"{it}Logs", f"/aws-glue/jobs/{it}/output") for it in names)
        workflow = ("AWS::Glue::Workflow", "Workflow", self.config.platform.workflows[0].name)
        self.resources = (*(("AWS::Glue::Job", it, it) for it in names), *groups, workflow)

    def answer(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """The answer of a JSON operation."""
        own = self.loads.operations.get(operation)
        return own(given) if own else super().answer(operation, given)

    def _start(self, given: dict[str, Any]) -> dict[str, Any]:
        """Run the job to its end, which comes before the answer."""
        name = given["JobName"]
        job = next(it for it in self.config.platform.jobs if it.name == name)
        own = [word for pair in given["Arguments"].items() for word in pair if word != "true"]
        id = f"jr_{len(self.asked)}"
        self._begun(id, name)
        run = self.runs[name][0]
        run["StartedOn"] = round(time())
        try:
            if self.fails:
                raise JobFailed("no machine")
            runs.run(job, self.config, own)
            run["JobRunState"] = "SUCCEEDED"
        except LocalError as error:
            run |= {"JobRunState": "FAILED", "ErrorMessage": str(error)}
        log = State(self.config.state).log(runs.log_name(job))
        metrics = f'{{"time":"","JobName":"{name}","RunsSucceeded":1,"_aws":{{}}}}'
        at = round(1_000 * time())
        self.logs[f"/aws-glue/jobs/{name}/output"] = [(id, at, it) for it in (*runs.results(log), metrics)]
        return {"JobRunId": id}

    def _on(self, job: str, id: str = "") -> dict[str, Any]:
        run = next(it for it in self.runs[job] if id in ("", it["Id"]))
        return super()._on(job, id) if "Attempt" in run else run

    def _workflow(self, given: dict[str, Any]) -> dict[str, Any]:
        """A run of the workflow whose jobs are those that have run before."""
        nodes = [{"Type": "JOB", "JobDetails": {"JobRuns": runs[:1]}} for runs in self.runs.values()]
        return {"Run": {"Status": "COMPLETED", "Graph": {"Nodes": nodes}}}


Calls = Callable[[web.BaseRequest, bytes], list[Call]]


class Forward(Front):
    """A server of the laptop behind the operator's policy."""

    def __init__(
        self,
        book: Book,
        upstream: str,
        session: aiohttp.ClientSession,
        calls: Callable[[web.BaseRequest, bytes], list[Call]],
    ) -> None:
        """`calls` are those that a request makes, as IAM sees them."""
        super().__init__(book, upstream, session)
        self._calls = calls

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """The server's answer, or AWS's refusal."""
        body = await read_body(request, MOST_BYTES)
        try:
            self._book.check(self._asks(request) or "", self._calls(request, body))
        except AccessDenied as refused:
            return _refusal("AccessDeniedException", str(refused))
        return await self._pass_on(request, body)


class Account:
    """An HTTP handler that sends a request to the server of the service that it is signed for."""

    def __init__(self, stack: Stack, place: Place, book: Book) -> None:
        """Each call is checked by the book, whose one role is the operator's."""
        self._stack, self._place, self._book = stack, place, book
        self._config = stack.config

    @cached_property
    def _fronts(self) -> Mapping[str, Callable[[web.BaseRequest], Any]]:
        """The servers of the laptop; made in the loop that serves."""
        config, endless = self._config, aiohttp.ClientTimeout(total=None)
        self._loop = asyncio.get_running_loop()
        self._session = aiohttp.ClientSession(timeout=endless, auto_decompress=False)
        session = self._session
        keys = Keys(config.access_key_id, config.secret_access_key)
        forward = partial(Forward, self._book, session=session)
        return {
            "s3": S3Front(self._book, config.endpoints["s3"], session),
            "dynamodb": DynamoDBFront(
                self._book,
                config.endpoints["dynamodb"],
                session,
                laptop=keys,
                region=config.region,
                account=config.platform.account,
            ),
            "redshift-data": forward(config.endpoints["redshift-data"], calls=self._of_redshift),
            "monitoring": forward(config.endpoints["cloudwatch"], calls=self._of_cloudwatch),
            "execute-api": forward(f"http://127.0.0.1:{config.gateway_port}", calls=self._of_the_api),
        }

    def close(self) -> None:
        """Close the connections to the laptop's servers."""
        if "_fronts" in vars(self):
            asyncio.run_coroutine_threadsafe(self._session.close(), self._loop).result()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer of the account."""
        found = _SCOPE.search(request.headers.get("Authorization", ""))
        assert found is not None, request.headers
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation not in PLAYED and (front := self._fronts.get(found["service"])):
            return await front(request)  # type: ignore[no-any-return]
        body = await read_body(request, MOST_BYTES)
        return await asyncio.get_running_loop().run_in_executor(
            None, self._played, found["service"], operation, request.method, request.path, body
        )

    def _played(self, service: str, operation: str, method: str, path: str, body: bytes) -> web.Response:
        """The answer of a service that the laptop has not."""
        try:
            if service == "cloudformation":
                stack = self._arn("cloudformation", f"stack/{self._place.stack}/1")
                self._check("cloudformation:ListStackResources", stack)
                return web.Response(body=self._stack.xml("ListStackResources").encode(), content_type="text/xml")
            given = json.loads(body) if body else {}
            if service == "lambda":
                return web.json_response(self._mapping(method, path, given))
            self._check(f"{SERVICES.get(service, service)}:{operation}", self._resource(operation, given))
            return web.json_response(self._stack.answer(operation, given))
        except AccessDenied as refused:
            return _refusal("AccessDeniedException", str(refused))
        except Refusal as refused:
            return _refusal(str(refused), "no")

    def _mapping(self, method: str, path: str, given: dict[str, Any]) -> Any:
        """Lambda's answer about event source mappings."""
        uuid = path.removeprefix(MAPPINGS).strip("/")
        verb = {"POST": "Create", "DELETE": "Delete"}.get(method, "Get")
        named = self._stack.mappings.get(uuid, given)
        of = named.get("FunctionArn", named.get("FunctionName", ""))
        if method == "GET" and not uuid:
            self._check("lambda:ListEventSourceMappings", "*")
        else:
            resource = self._arn("lambda", f"event-source-mapping:{uuid}") if uuid else "*"
            self._check(f"lambda:{verb}EventSourceMapping", resource, **{"lambda:FunctionArn": of})
        return self._stack.mapping(method, uuid, given)

    def _resource(self, operation: str, given: Mapping[str, Any]) -> str:
        """The resource of a call of Glue, of CloudWatch's logs, or of a bulk load."""
        if job := given.get("JobName"):
            return self._arn("glue", f"job/{job}")
        if name := given.get("TableName"):
            return self._arn("dynamodb", f"table/{name}")
        if group := given.get("logGroupName", given.get("logGroupNamePrefix")):
            return self._arn("logs", f"log-group:{group}:x")
        if "Workflow" in operation:
            return self._arn("glue", f"workflow/{given['Name']}")
        return str(given.get("BulkOperationArn", "*"))

    def _arn(self, service: str, own: str) -> str:
        return f"arn:aws:{service}:{self._place.region}:{self._place.account}:{own}"

    def _check(self, action: str, resource: str, **context: str) -> None:
        self._book.check(self._config.access_key_id, [Call(action, resource, context)])

    def _of_redshift(self, request: web.BaseRequest, body: bytes) -> list[Call]:
        workgroups = {it.workgroup: it.arn for it in self._config.platform.warehouses}
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        return redshift_calls(operation, json.loads(body), workgroups)

    def _of_cloudwatch(self, request: web.BaseRequest, body: bytes) -> list[Call]:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        resource = self._arn("cloudwatch", "alarm:x") if operation == "DescribeAlarms" else "*"
        namespace = json.loads(body).get("Namespace")
        return [Call(f"cloudwatch:{operation}", resource, {"cloudwatch:namespace": namespace} if namespace else {})]

    def _of_the_api(self, request: web.BaseRequest, body: bytes) -> list[Call]:
        _, stage, path = request.path.split("/", 2)
        arn = self._arn("execute-api", f"{API}/{stage}/{request.method}/{path}")
        return [Call("execute-api:Invoke", arn)]


def _refusal(kind: str, message: str) -> web.Response:
    return web.json_response({"__type": kind, "message": message}, status=400)
