"""Functions run as in Lambda, on AWS's own runtime client."""

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.http import serve
from local.lambda_runtime.environment import CLIENT, link_client
from local.lambda_runtime.errors import RequestTooLarge, Throttled, UnknownFunction
from local.lambda_runtime.invocation import Invocation
from local.lambda_runtime.invoke_api import InvokeApi
from local.lambda_runtime.log import MAX_BYTES, FunctionLog
from local.lambda_runtime.service import LambdaService
from local.platform import Function
from local.sigv4 import Keys
from tests.local.lambda_functions import ACCOUNT, KEY_ID, REGION, SECRET, function, running

CHECKOUT = Path(__file__).resolve().parents[3]


def invoked(folder: Path, asked: Function, *events: object) -> list[Invocation]:
    """The answers of one function to these events, one after the other."""

    async def run() -> list[Invocation]:
        async with running(folder, [asked]) as service:
            return [await service.invoke(asked.name, json.dumps(event).encode()) for event in events]

    return asyncio.run(run())


def answer(invocation: Invocation) -> Any:
    assert invocation.function_error is None, invocation.payload
    return json.loads(invocation.payload)


def error(invocation: Invocation) -> tuple[str, str]:
    """Type and message of a function's error, its request id written as ID."""
    assert invocation.function_error == "Unhandled"
    said = json.loads(invocation.payload)
    return said["errorType"], said["errorMessage"].replace(invocation.request_id, "ID")


async def until(condition: Callable[[], bool], what: str, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {seconds} s"
        await asyncio.sleep(0.02)


def test_a_function_gets_the_event_and_its_answer_comes_back(tmp_path: Path) -> None:
    events: list[Any] = [{"£": "☕ <&> \u2028", "n": [1, 2.5, None]}, [], "text", None]
    assert [answer(each) for each in invoked(tmp_path, function(tmp_path, "echo"), *events)] == events


def test_an_answer_as_long_as_lambda_allows_comes_back_whole(tmp_path: Path) -> None:
    asked = function(tmp_path, "repeat")
    longest, too_long, after = invoked(tmp_path, asked, {"times": 6_291_554}, {"times": 6_291_555}, {"times": 3})
    assert len(answer(longest)) == 6_291_554
    assert error(too_long) == (
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    )
    assert answer(after) == "xxx"


def test_an_event_over_six_megabytes_is_refused(tmp_path: Path) -> None:
    asked = function(tmp_path, "echo")
    with pytest.raises(RequestTooLarge, match="smaller than 6291456 bytes"):
        invoked(tmp_path, asked, "x" * 6_291_455)
    assert len(answer(invoked(tmp_path, asked, "x" * 6_291_454)[0])) == 6_291_454


def test_a_worker_finds_lambdas_environment_and_nothing_of_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_SHELL", "1")
    monkeypatch.setenv("AWS_PROFILE", "production")
    asked = function(tmp_path, "execution_environment", timeout_seconds=700, environment={"TOPIC": "order-lines"})
    (invocation,) = invoked(tmp_path, asked, {})
    found = answer(invocation)
    environment = found["environment"]
    assert environment.pop("_X_AMZN_TRACE_ID").startswith("Root=1-")
    assert environment.pop("AWS_LAMBDA_RUNTIME_API").startswith("127.0.0.1:")
    assert environment == {
        "TOPIC": "order-lines",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:2",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": "execution_environment",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/execution_environment",
        "AWS_LAMBDA_LOG_STREAM_NAME": "laptop/[$LATEST]",
        "LAMBDA_TASK_ROOT": str(asked.code),
        "_HANDLER": "app.execution_environment",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
    }
    assert (found["cwd"], found["zone"], found["memory"]) == (str(asked.code), "UTC", "256")
    assert (found["arn"], found["request_id"]) == (
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:execution_environment",
        invocation.request_id,
    )
    assert 400_000 < found["remaining"] <= 700_000  # of the function's own time-out, however slow the machine


def test_a_worker_imports_from_its_asset_and_the_runtime_client_only(tmp_path: Path) -> None:
    asked = function(tmp_path, "execution_environment")
    path = answer(invoked(tmp_path, asked, {})[0])["path"]
    client = tmp_path / "state" / "build" / "lambda-client"
    assert path[:2] == [str(asked.code), str(client)]
    assert all(Path(each).is_relative_to(sys.base_prefix) for each in path[2:])
    assert not any("site-packages" in each for each in path)
    assert CLIENT in {each.name for each in client.iterdir()}

    (asked.code / "ours.py").write_text("")
    names = ["awslambdaric", "ours", "msgspec", "boto3", "aiohttp", "local", "commerce", "pip"]
    assert answer(invoked(tmp_path, function(tmp_path, "importable"), {"names": names})[0]) == {
        name: name in ("awslambdaric", "ours") for name in names
    }


def test_the_runtime_clients_folder_holds_just_what_it_needs(tmp_path: Path) -> None:
    link_client(tmp_path)
    link_client(tmp_path)  # a second start finds the links of the first
    names = {each.name.partition(".")[0] for each in tmp_path.iterdir()}
    assert names == {"awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"}


def test_the_functions_own_package_goes_before_the_runtimes(tmp_path: Path) -> None:
    asked = function(tmp_path, "own.handler")
    (asked.code / "simplejson_version.py").write_text("")
    (asked.code / "own.py").write_text("import snapshot_restore_py\ndef handler(e, c): return snapshot_restore_py.OURS")
    (asked.code / "snapshot_restore_py.py").write_text("OURS = True")
    assert answer(invoked(tmp_path, asked, {})[0]) is True


def test_a_function_over_its_time_out_is_killed_and_the_next_event_is_served(tmp_path: Path) -> None:
    asked = function(tmp_path, "slow", timeout_seconds=1)

    async def run() -> None:
        async with running(tmp_path, [asked]) as service:
            pid = answer(await service.invoke("slow", b'{"seconds": 0}'))
            started = time.monotonic()
            late = await service.invoke("slow", b'{"seconds": 300}')
            assert 0.9 < time.monotonic() - started < 200
            assert error(late) == ("Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds")
            await until(lambda: not Path(f"/proc/{pid}").exists(), "the worker is killed")
            assert answer(await service.invoke("slow", b'{"seconds": 0}')) != pid

    asyncio.run(run())


@pytest.mark.parametrize(
    ("handler", "event", "reason"),
    [
        ("leave", {"code": 3}, "Runtime exited with error: exit status 3"),
        ("leave", {"code": 0}, "Runtime exited without providing a reason"),
        ("die", {"signal": signal.SIGKILL}, "Runtime exited with error: signal: killed"),
    ],
)
def test_a_function_whose_process_ends_fails_each_time_with_the_reason(
    tmp_path: Path, handler: str, event: dict[str, int], reason: str
) -> None:
    for invocation in invoked(tmp_path, function(tmp_path, handler), event, event):
        assert error(invocation) == ("Runtime.ExitError", f"RequestId: ID Error: {reason}")


def test_an_exception_is_a_function_error_and_leaves_the_worker_running(tmp_path: Path) -> None:
    asked = function(tmp_path, "fail")
    first, second = invoked(tmp_path, asked, {}, {})
    assert error(first) == error(second) == ("ValueError", "no such line")
    assert (tmp_path / "state/logs/fail.log").read_text().count("Init Duration") == 1


@pytest.mark.parametrize(
    ("source", "kind", "says"),
    [
        ("import absent", "Runtime.ImportModuleError", "Unable to import module 'broken': No module named 'absent'"),
        ("def", "Runtime.UserCodeSyntaxError", "Syntax error in module 'broken'"),
        ("", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'broken'"),
        ("raise KeyError('TOPIC')", "KeyError", "'TOPIC'"),
        ("import os; os._exit(7)", "Runtime.ExitError", "exit status 7"),
    ],
)
def test_a_function_that_cannot_start_fails_once_an_invocation_and_does_not_spin(
    tmp_path: Path, source: str, kind: str, says: str
) -> None:
    asked = function(tmp_path, "broken.handler", name="broken")
    starts = tmp_path / "starts"
    count = f"open({str(starts)!r}, 'a').write('x')\n"
    (asked.code / "broken.py").write_text(count + source if source != "def" else source)
    for invocation in invoked(tmp_path, asked, {}, {}):
        found, message = error(invocation)
        assert (found, says in message) == (kind, True)
    if source != "def":
        assert starts.read_text() == "xx"


def test_a_function_whose_code_is_gone_says_where_it_was_looked_for(tmp_path: Path) -> None:
    asked = function(tmp_path, "echo")
    for file in asked.code.iterdir():
        file.unlink()
    asked.code.rmdir()
    kind, message = error(invoked(tmp_path, asked, {})[0])
    assert kind == "Runtime.InvalidEntrypoint"
    assert str(asked.code) in message


def test_calls_at_once_share_two_warm_workers(tmp_path: Path) -> None:
    asked = function(tmp_path, "pid", reserved_concurrency=8)

    async def run() -> set[int]:
        async with running(tmp_path, [asked]) as service:
            calls = [service.invoke("pid", b'{"seconds": 0.05}') for _ in range(8)]
            pids = {answer(each) for each in await asyncio.gather(*calls)}
            assert answer(await service.invoke("pid", b"{}")) in pids
            return pids

    assert len(asyncio.run(run())) == 2


def test_a_function_that_reserves_one_runs_one_at_a_time(tmp_path: Path) -> None:
    asked = function(tmp_path, "pid", reserved_concurrency=1)

    async def run() -> None:
        async with running(tmp_path, [asked]) as service:
            first = asyncio.create_task(service.invoke("pid", b'{"seconds": 0.2}'))
            await asyncio.sleep(0)
            with pytest.raises(Throttled, match="Rate Exceeded"):
                await service.invoke("pid", b"{}")
            pid = answer(await first)
            assert answer(await service.invoke("pid", b"{}")) == pid

    asyncio.run(run())


def test_a_function_that_reserves_nothing_at_all_is_always_throttled(tmp_path: Path) -> None:
    with pytest.raises(Throttled):
        invoked(tmp_path, function(tmp_path, "echo", reserved_concurrency=0), {})


def test_an_invocation_given_up_while_it_waits_never_runs_and_gives_its_place_back(tmp_path: Path) -> None:
    asked = function(tmp_path, "held", timeout_seconds=600, reserved_concurrency=3)

    async def run() -> list[bool]:
        async with running(tmp_path, [asked]) as service:
            running_ones = [asyncio.create_task(service.invoke("held", held_until(tmp_path / "end"))) for _ in range(2)]
            await asyncio.sleep(0)
            given_up = f"{uuid4()}"
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(service.invoke("held", held_until(tmp_path), request_id=given_up), 0.2)
            waiting = asyncio.create_task(service.invoke("held", held_until(tmp_path)))
            await asyncio.sleep(0)  # it has the place of the one that was given up: there is no fourth
            (tmp_path / "end").touch()
            done = await asyncio.gather(*running_ones, waiting)
            log = (tmp_path / "state/logs/held.log").read_text()
            return [given_up in log, *(it.request_id in log for it in done)]

    assert asyncio.run(run()) == [False, True, True, True]


def held_until(file: Path) -> bytes:
    """The event on which the function `held` runs until there is this file."""
    return json.dumps({"until": str(file)}).encode()


async def admitted(service: LambdaService, payload: bytes) -> Invocation:
    """The answer of the function held once a worker is free: the log names an end before that worker is free again."""
    while True:
        try:
            return await service.invoke("held", payload)
        except Throttled:
            await asyncio.sleep(0.01)


def test_an_invocation_given_up_while_it_runs_goes_on_and_holds_its_place(tmp_path: Path) -> None:
    asked = function(tmp_path, "held", timeout_seconds=600, reserved_concurrency=1)
    log = tmp_path / "state/logs/held.log"

    async def run() -> None:
        async with running(tmp_path, [asked]) as service:
            await service.invoke("held", held_until(tmp_path))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(service.invoke("held", held_until(tmp_path / "end")), 0.1)
            with pytest.raises(Throttled):
                await service.invoke("held", held_until(tmp_path))
            (tmp_path / "end").touch()
            await until(lambda: log.read_text().count("END RequestId") == 2, "the abandoned invocation ends")
            answer(await asyncio.wait_for(admitted(service, held_until(tmp_path)), 300))

    asyncio.run(run())


def test_a_worker_that_died_while_idle_costs_no_invocation(tmp_path: Path) -> None:
    asked = function(tmp_path, "pid")

    async def run() -> None:
        async with running(tmp_path, [asked]) as service:
            pid = answer(await service.invoke("pid", b"{}"))
            os.kill(pid, signal.SIGKILL)
            await until(lambda: not _runs(pid), "the worker is gone")
            assert answer(await service.invoke("pid", b"{}")) != pid

    asyncio.run(run())


def test_an_unknown_function_is_refused_by_its_arn(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path, []) as service:
            await service.invoke("absent", b"{}")

    with pytest.raises(
        UnknownFunction, match="Function not found: arn:aws:lambda:us-east-1:000000000000:function:absent"
    ):
        asyncio.run(run())


def test_the_log_holds_what_the_function_said_between_lambdas_lines(tmp_path: Path) -> None:
    (invocation,) = invoked(tmp_path, function(tmp_path, "log"), {})
    log = (tmp_path / "state/logs/log.log").read_text()
    said = ["START RequestId", "printed", "to stderr", "logged", "END RequestId", "REPORT RequestId"]
    assert [log.find(each) for each in said] == sorted(log.find(each) for each in said)
    assert min(log.find(each) for each in said) == 0
    assert log.count(invocation.request_id) == 4
    assert "Memory Size: 256 MB" in log


def test_a_new_start_keeps_the_last_runs_log_beside(tmp_path: Path) -> None:
    for text in ("first", "second"):
        log = FunctionLog(tmp_path / "f.log")
        log.line(text)
        log.close()
    assert ((tmp_path / "f.log").read_text(), (tmp_path / "f.log.1").read_text()) == ("second\n", "first\n")


def test_a_full_log_is_begun_again(tmp_path: Path) -> None:
    log = FunctionLog(tmp_path / "f.log")
    log.line("x" * MAX_BYTES)
    log.start("an-id")
    log.close()
    assert (tmp_path / "f.log").read_text() == "START RequestId: an-id Version: $LATEST\n"
    assert (tmp_path / "f.log.1").stat().st_size == MAX_BYTES + 1


def test_no_worker_outlives_a_runtime_that_is_killed(tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
from pathlib import Path
from tests.local.lambda_functions import function, running

async def run():
    folder = Path({str(tmp_path)!r})
    async with running(folder, [function(folder, "slow")]) as service:
        print((await service.invoke("slow", b'{{"seconds": 0}}')).payload.decode(), flush=True)
        await service.invoke("slow", b'{{"seconds": 60}}')

asyncio.run(run())
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=CHECKOUT)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    log = tmp_path / "state/logs/slow.log"
    asyncio.run(until(lambda: "sleep for 60" in log.read_text(), "the worker is busy"))
    assert _runs(worker)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    asyncio.run(until(lambda: not _runs(worker), "the worker is gone with its parent"))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def test_nobody_but_its_own_process_speaks_to_a_worker(tmp_path: Path) -> None:
    def ask(port: int) -> list[int]:
        statuses = []
        for method, path in (("GET", "invocation/next"), ("POST", "invocation/x/response"), ("POST", "init/error")):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
            connection.request(method, f"/2018-06-01/runtime/{path}", b"{}")
            statuses.append(connection.getresponse().status)
            connection.close()
        return statuses

    async def run() -> tuple[Any, list[int]]:
        async with running(tmp_path, [function(tmp_path, "execution_environment")]) as service:
            first = json.loads((await service.invoke("execution_environment", b"{}")).payload)
            port = int(first["environment"]["AWS_LAMBDA_RUNTIME_API"].rpartition(":")[2])
            statuses = await asyncio.to_thread(ask, port)
            again = json.loads((await service.invoke("execution_environment", b"{}")).payload)
            return first["pid"] == again["pid"], statuses

    assert asyncio.run(run()) == (True, [403, 403, 403])


class TestInvokeApi:
    """AWS's Invoke API, asked by boto3."""

    def asked(self, folder: Path, functions: list[Function], ask: Callable[[Any], Any]) -> Any:
        async def run() -> Any:
            async with running(folder, functions) as service:
                return await asyncio.to_thread(ask, await self.client(service))

        return asyncio.run(run())

    async def client(self, service: LambdaService) -> Any:
        _, port = await serve(InvokeApi(service, Keys(KEY_ID, SECRET), REGION), 0)
        return boto3.client(
            "lambda",
            region_name=REGION,
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def refusal(self, folder: Path, functions: list[Function], ask: Callable[[Any], Any]) -> tuple[int, str, str]:
        with pytest.raises(ClientError) as caught:
            self.asked(folder, functions, ask)
        response = caught.value.response
        return (
            response["ResponseMetadata"]["HTTPStatusCode"],
            response["Error"]["Code"],
            response["Error"]["Message"],
        )

    @pytest.mark.parametrize("name", ["echo", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo"])
    def test_a_function_is_invoked_by_name_or_arn(self, tmp_path: Path, name: str) -> None:
        answer = self.asked(
            tmp_path, [function(tmp_path, "echo")], lambda client: client.invoke(FunctionName=name, Payload=b'{"a": 1}')
        )
        assert json.load(answer["Payload"]) == {"a": 1}
        assert (answer["StatusCode"], answer["ExecutedVersion"], "FunctionError" in answer) == (200, "$LATEST", False)

    def test_a_function_error_is_200_with_the_error_named(self, tmp_path: Path) -> None:
        answer = self.asked(
            tmp_path, [function(tmp_path, "fail")], lambda client: client.invoke(FunctionName="fail", Payload=b"{}")
        )
        assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
        assert json.load(answer["Payload"])["errorType"] == "ValueError"

    def test_an_unknown_function_is_404(self, tmp_path: Path) -> None:
        status, code, _ = self.refusal(tmp_path, [], lambda client: client.invoke(FunctionName="absent"))
        assert (status, code) == (404, "ResourceNotFoundException")

    def test_a_throttled_function_is_429(self, tmp_path: Path) -> None:
        functions = [function(tmp_path, "echo", reserved_concurrency=0)]
        status, code, message = self.refusal(tmp_path, functions, lambda client: client.invoke(FunctionName="echo"))
        assert (status, code, message) == (429, "TooManyRequestsException", "Rate Exceeded.")

    def test_too_long_an_event_is_413(self, tmp_path: Path) -> None:
        functions = [function(tmp_path, "echo")]
        status, code, _ = self.refusal(
            tmp_path, functions, lambda client: client.invoke(FunctionName="echo", Payload=b'"' + b"x" * 6_291_456)
        )
        assert (status, code) == (413, "RequestTooLargeException")

    def test_an_asynchronous_invocation_is_refused_by_name(self, tmp_path: Path) -> None:
        functions = [function(tmp_path, "echo")]
        status, code, message = self.refusal(
            tmp_path, functions, lambda client: client.invoke(FunctionName="echo", InvocationType="Event")
        )
        assert (status, code) == (400, "InvalidParameterValueException")
        assert "Event" in message

    @pytest.mark.parametrize(
        ("headers", "kind"),
        [
            ({}, "MissingAuthenticationTokenException"),
            ({"Host": "rebound.example.com"}, "AccessDeniedException"),
            ({"Origin": "https://example.com"}, "AccessDeniedException"),
        ],
    )
    def test_who_does_not_sign_is_refused_before_a_body_is_read(
        self, tmp_path: Path, headers: dict[str, str], kind: str
    ) -> None:
        def ask(client: Any) -> tuple[int, str | None]:
            connection = http.client.HTTPConnection(urlsplit(client.meta.endpoint_url).netloc, timeout=300)
            connection.putrequest("POST", "/2015-03-31/functions/echo/invocations", skip_host="Host" in headers)
            for name, value in {"Content-Length": "5000000", **headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, answer.getheader("X-Amzn-ErrorType")

        assert self.asked(tmp_path, [function(tmp_path, "echo")], ask) == (403, kind)

    def test_what_it_cannot_do_it_refuses(self, tmp_path: Path) -> None:
        status, code, _ = self.refusal(tmp_path, [], lambda client: client.list_functions())
        assert (status, code) == (404, "ResourceNotFoundException")
