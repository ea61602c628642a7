"""The gateway as clients meet it: HTTP in, real functions behind."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.api_gateway.gateway import Gateway
from local.api_gateway.server import GatewayServer
from local.config import RunConfig
from local.http import serve
from local.platform import Api, Function, Platform, Route
from local.sigv4 import Keys
from tests.local.lambda_functions import ACCOUNT, KEY_ID, REGION, SECRET, function, running
from tests.processes import SAYS_READY, children

CHECKOUT = Path(__file__).resolve().parents[3]
MISSING = (403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})
FAILED = {"message": "Internal server error"}


@dataclass(frozen=True)
class Client:
    """One client of the gateway; its methods block, so a test calls them from a thread."""

    url: str

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """Send a request without a signature; returns its answer."""
        return requests.request(method, self.url + path, data=body, headers=headers, timeout=300)

    def signed(self, method: str, path: str, body: bytes = b"", secret: str = SECRET) -> requests.Response:
        """A request signed by botocore."""
        request = AWSRequest(method, self.url + path, data=body, headers={"Content-Type": "application/json"})
        SigV4Auth(Credentials(KEY_ID, secret), "execute-api", REGION).add_auth(request)
        return self.send(method, path, body, dict(request.headers.items()))

    def answer(self, answer: object) -> requests.Response:
        """Have the function answer this to the gateway."""
        return self.send("POST", "/P/answer", json.dumps(answer).encode())


def api(*routes: Route, rate: float | None = None, burst: int | None = None) -> Api:
    return Api("orders", "P", routes, rate, burst)


ROUTES = (
    Route("POST", "/order-lines", "event", "AWS_IAM"),
    Route("GET", "/invoices/{InvoiceNo}", "event", "AWS_IAM"),
    Route("GET", "/hello", "event", "NONE"),
    Route("POST", "/hello", "event", "NONE"),
    Route("POST", "/answer", "answer", "NONE"),
    Route("GET", "/fail", "fail", "NONE"),
    Route("GET", "/leave", "leave", "NONE"),
    Route("GET", "/shut", "shut", "NONE"),
    Route("GET", "/absent", "absent", "NONE"),
)


def functions(folder: Path) -> list[Function]:
    return [
        *(function(folder, name) for name in ("event", "answer", "fail", "leave")),
        function(folder, "event", name="shut", reserved_concurrency=0),
    ]


def exchange(
    folder: Path,
    ask: Callable[[Client], Any],
    served: Api | None = None,
    *,
    timeout_seconds: float = 29,
    body_seconds: float = 30,
) -> Any:
    """The result of `ask` on a gateway that serves these routes."""

    async def run() -> Any:
        async with running(folder, functions(folder)) as service:
            gateway = Gateway(
                [served or api(*ROUTES)],
                service,
                keys=Keys(KEY_ID, SECRET),
                region=REGION,
                account=ACCOUNT,
                timeout_seconds=timeout_seconds,
                body_seconds=body_seconds,
            )
            runner, port = await serve(GatewayServer(gateway), 0, drain_seconds=0.5)
            try:
                return await asyncio.to_thread(ask, Client(f"http://127.0.0.1:{port}"))
            finally:
                await runner.cleanup()

    return asyncio.run(run())


def error(response: requests.Response) -> tuple[int, str, Any]:
    assert response.headers["Content-Type"] == "application/json"
    return response.status_code, response.headers["x-amzn-ErrorType"], response.json()


def test_a_signed_post_reaches_its_function_as_a_proxy_event(tmp_path: Path) -> None:
    body = '[{"Description": "£ \u2028 \\"quoted\\""}]'
    response = exchange(tmp_path, lambda client: client.signed("POST", "/P/order-lines", body.encode()))
    assert response.status_code == 200
    event = response.json()
    assert (event["resource"], event["path"], event["httpMethod"], event["body"]) == (
        "/order-lines",
        "/order-lines",
        "POST",
        body,
    )
    assert event["requestContext"]["identity"]["accessKey"] == KEY_ID
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["requestContext"]["stage"] == "P"
    assert "Authorization" not in event["headers"]
    assert event["headers"]["X-Amzn-Trace-Id"] == response.headers["X-Amzn-Trace-Id"]
    assert response.headers["x-amzn-RequestId"]


def test_a_path_parameter_and_a_query_are_decoded(tmp_path: Path) -> None:
    response = exchange(tmp_path, lambda client: client.signed("GET", "/P/invoices/a%20b?next=x%2By%3D&limit=2"))
    event = response.json()
    assert event["pathParameters"] == {"InvoiceNo": "a b"}
    assert event["queryStringParameters"] == {"next": "x+y=", "limit": "2"}
    assert event["body"] is None


def test_a_route_without_authorization_takes_an_unsigned_row_without_content_type(tmp_path: Path) -> None:
    """The course's client: one row a request, as `pandas` writes it."""
    row = '{"InvoiceNo":536365,"InvoiceDate":"12\\/1\\/2010 8:26","CustomerID":17850.0}'

    def ask(client: Client) -> requests.Response:
        return client.send("POST", "/P/hello", row.encode())

    event = exchange(tmp_path, ask).json()
    assert event["body"] == row
    assert "Content-Type" not in event["headers"]
    assert event["requestContext"]["identity"]["accessKey"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/P/nothing"),
        ("DELETE", "/P/hello"),
        ("GET", "/hello"),
        ("GET", "/Q/hello"),
        ("GET", "/"),
        ("GET", "/P"),
        ("GET", "/P/hello/"),
    ],
)
def test_an_unknown_stage_resource_or_method_is_a_missing_token(tmp_path: Path, method: str, path: str) -> None:
    assert error(exchange(tmp_path, lambda client: client.signed(method, path))) == MISSING


def test_an_unsigned_request_is_refused_where_signatures_are_asked_for(tmp_path: Path) -> None:
    assert error(exchange(tmp_path, lambda client: client.send("POST", "/P/order-lines", b"[]"))) == MISSING


def test_a_wrong_secret_is_refused_in_awss_words(tmp_path: Path) -> None:
    def ask(client: Client) -> requests.Response:
        return client.signed("POST", "/P/order-lines", b"[]", secret="another")

    status, kind, said = error(exchange(tmp_path, ask))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert said["message"].startswith("The request signature we calculated does not match the signature you provided.")


def test_a_compressed_body_is_signed_and_passed_on_as_sent(tmp_path: Path) -> None:
    def ask(client: Client) -> requests.Response:
        request = AWSRequest(
            "POST", f"{client.url}/P/order-lines", data=b"not gzip", headers={"Content-Encoding": "gzip"}
        )
        SigV4Auth(Credentials(KEY_ID, SECRET), "execute-api", REGION).add_auth(request)
        return client.send("POST", "/P/order-lines", b"not gzip", dict(request.headers.items()))

    assert exchange(tmp_path, ask).json()["body"] == "not gzip"


def test_the_functions_status_headers_and_body_are_the_answer(tmp_path: Path) -> None:
    answer = {
        "statusCode": 503,
        "headers": {"Content-Type": "application/problem+json", "Retry-After": "2"},
        "multiValueHeaders": {"X-Several": ["a", "b"]},
        "body": '{"£": 1}',
    }
    response = exchange(tmp_path, lambda client: client.answer(answer))
    assert (response.status_code, response.content) == (503, '{"£": 1}'.encode())
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.headers["Retry-After"], response.headers["X-Several"]) == ("2", "a, b")


@pytest.mark.parametrize("answer", [None, {"statusCode": 200, "body": {}}, {"body": "x"}])
def test_a_malformed_answer_is_502(tmp_path: Path, answer: object) -> None:
    response = exchange(tmp_path, lambda client: client.answer(answer))
    assert error(response) == (502, "InternalServerErrorException", FAILED)
    assert response.content == b'{"message": "Internal server error"}'


@pytest.mark.parametrize("path", ["/P/fail", "/P/leave"])
def test_a_function_that_fails_is_502_and_tells_nothing(tmp_path: Path, path: str) -> None:
    assert error(exchange(tmp_path, lambda client: client.send("GET", path))) == (
        502,
        "InternalServerErrorException",
        FAILED,
    )


def test_why_a_function_failed_stands_in_the_gateways_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    response = exchange(tmp_path, lambda client: client.send("GET", "/P/fail"))
    (line,) = [json.loads(record.message) for record in caplog.records if record.name == "local.api_gateway.gateway"]
    assert (line["status"], line["path"], line["request_id"]) == (502, "/P/fail", response.headers["x-amzn-RequestId"])
    assert "no such line" in line["why"]


@pytest.mark.parametrize("path", ["/P/shut", "/P/absent"])
def test_what_lambda_does_not_take_is_500(tmp_path: Path, path: str) -> None:
    """Throttling by Lambda too: "If the Lambda API rejects the invocation request, API Gateway returns a 500"."""
    assert error(exchange(tmp_path, lambda client: client.send("GET", path))) == (
        500,
        "InternalServerErrorException",
        FAILED,
    )


def test_a_function_slower_than_the_gateway_is_504(tmp_path: Path) -> None:
    response = exchange(tmp_path, lambda client: client.send("GET", "/P/hello?seconds=3"), timeout_seconds=0.3)
    assert error(response) == (504, "InternalServerErrorException", {"message": "Endpoint request timed out"})


def test_more_requests_than_workers_wait_their_turn(tmp_path: Path) -> None:
    def ask(client: Client) -> list[int]:
        async def all_at_once() -> list[requests.Response]:
            calls: list[Awaitable[requests.Response]] = [
                asyncio.to_thread(client.send, "GET", "/P/hello?seconds=0.1") for _ in range(6)
            ]
            return list(await asyncio.gather(*calls))

        return [response.status_code for response in asyncio.run(all_at_once())]

    assert exchange(tmp_path, ask) == [200] * 6


def test_a_burst_over_the_stages_limit_is_429(tmp_path: Path) -> None:
    served = api(*ROUTES, rate=0.001, burst=2)

    def ask(client: Client) -> list[requests.Response]:
        client.send("POST", "/P/order-lines")  # a refused request takes no token
        return [client.send("GET", "/P/hello") for _ in range(3)]

    *passed, throttled = exchange(tmp_path, ask, served)
    assert [response.status_code for response in passed] == [200, 200]
    assert error(throttled) == (429, "TooManyRequestsException", {"message": "Too Many Requests"})


def test_a_body_over_ten_megabytes_is_413_before_it_is_sent(tmp_path: Path) -> None:
    def ask(client: Client) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=300)
        connection.putrequest("POST", "/P/hello")
        connection.putheader("Content-Length", str(10 * 1024 * 1024 + 1))
        connection.endheaders()
        response = connection.getresponse()
        return response.status, json.load(response)

    assert exchange(tmp_path, ask) == (413, {"message": "HTTP content length exceeded 10485760 bytes."})


def test_a_chunked_body_over_ten_megabytes_is_413(tmp_path: Path) -> None:
    def ask(client: Client) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=300)
        with suppress(OSError):  # the gateway may answer and close while we still send
            connection.request("POST", "/P/hello", (b"x" * 1024 * 1024 for _ in range(12)), encode_chunked=True)
        with closing(connection):
            response = connection.getresponse()
            return response.status, json.load(response)

    assert exchange(tmp_path, ask) == (413, {"message": "HTTP content length exceeded 10485760 bytes."})


def connection(client: Client) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=300)


def test_a_body_that_does_not_arrive_is_408_and_holds_up_no_other_request(tmp_path: Path) -> None:
    def ask(client: Client) -> tuple[int, bytes]:
        with closing(connection(client)) as slow:
            slow.putrequest("POST", "/P/hello")
            slow.putheader("Content-Length", "100")
            slow.endheaders(b"the first of them")
            assert client.send("GET", "/P/hello").status_code == 200
            response = slow.getresponse()
            return response.status, response.read()

    assert exchange(tmp_path, ask, body_seconds=0.5) == (408, b'{"message":"Request Timeout"}')


def test_a_body_whose_later_chunks_are_none_ends_too(tmp_path: Path) -> None:
    def ask(client: Client) -> tuple[int, bytes]:
        with closing(connection(client)) as broken:
            broken.putrequest("POST", "/P/hello")
            broken.putheader("Transfer-Encoding", "chunked")
            broken.putheader("Expect", "100-continue")
            broken.endheaders()
            assert broken.sock.recv(4096).startswith(b"HTTP/1.1 100 ")  # the head is read, the body is not
            broken.send(b"this is no length\r\n")
            response = broken.getresponse()
            return response.status, response.read()

    assert exchange(tmp_path, ask, body_seconds=0.5)[0] == 408


def test_an_event_over_lambdas_six_megabytes_is_413(tmp_path: Path) -> None:
    status, _, said = error(exchange(tmp_path, lambda client: client.send("POST", "/P/hello", b"x" * 6_400_000)))
    assert (status, said) == (413, {"message": "Request Too Long"})


def test_a_client_that_asks_to_go_on_is_told_to(tmp_path: Path) -> None:
    def ask(client: Client) -> bytes:
        address = urlsplit(client.url)
        with socket.create_connection((address.hostname, address.port), timeout=300) as connection:
            head = "POST /P/hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
            connection.sendall(head.encode())
            return connection.recv(100)

    assert exchange(tmp_path, ask) == b"HTTP/1.1 100 Continue\r\n\r\n"


def not_signed() -> dict[str, tuple[str, str]]:
    """Headers that do not sign a request of now, and the error that answers them."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    claim = (
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{stamp[:8]}/{REGION}/execute-api/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=00"
    )
    return {
        "without a signature": ("", "MissingAuthenticationTokenException"),
        "of another scheme": ("Authorization: Basic abc\r\n", "IncompleteSignatureException"),
        "of another key": (
            f"Authorization: {claim.replace(KEY_ID, 'AKIANOBODY')}\r\nX-Amz-Date: {stamp}\r\n",
            "UnrecognizedClientException",
        ),
        "of last year": (
            f"Authorization: {claim.replace(stamp[:8], '20200101')}\r\nX-Amz-Date: 20200101T000000Z\r\n",
            "InvalidSignatureException",
        ),
        "of another service": (
            f"Authorization: {claim.replace('execute-api', 's3')}\r\nX-Amz-Date: {stamp}\r\n",
            "InvalidSignatureException",
        ),
    }


def refused_from_its_head(client: Client, headers: str) -> bytes:
    """The head of the answer to a request that says it has 9 MB, of which none is sent."""
    address = urlsplit(client.url)
    with socket.create_connection((address.hostname, address.port), timeout=300) as connection:
        head = f"POST /P/order-lines HTTP/1.1\r\nContent-Length: 9000000\r\n{headers}\r\n"
        connection.sendall(head.encode())
        return connection.recv(10_000)


def test_a_request_without_credentials_is_refused_before_its_body_is_read(tmp_path: Path) -> None:
    cases = not_signed()

    def ask(client: Client) -> dict[str, bytes]:
        host = f"Host: {urlsplit(client.url).netloc}\r\n"
        return {what: refused_from_its_head(client, host + headers) for what, (headers, _) in cases.items()}

    for what, answer in exchange(tmp_path, ask).items():
        assert answer.startswith(b"HTTP/1.1 403 "), what
        assert f"x-amzn-ErrorType: {cases[what][1]}".encode() in answer, what


STRANGERS = {
    "another host": "Host: rebound.example.com:{port}\r\n",
    "an address beside": "Host: 127.0.0.1.example.com:{port}\r\n",
    "another site": "Host: 127.0.0.1:{port}\r\nOrigin: https://example.com\r\n",
    "another port": "Host: localhost:{port}\r\nOrigin: http://localhost:1\r\n",
    "a sandbox": "Host: localhost:{port}\r\nOrigin: null\r\n",
    "two origins": "Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\nOrigin: http://a.b\r\n",
}


def test_a_web_page_is_refused_even_where_nobody_need_sign(tmp_path: Path) -> None:
    def ask(client: Client) -> dict[str, bytes]:
        port = urlsplit(client.url).port
        answers = {}
        for what, headers in STRANGERS.items():
            with socket.create_connection(("127.0.0.1", port), timeout=300) as connection:
                head = f"GET /P/hello HTTP/1.1\r\n{headers.format(port=port)}\r\n"
                connection.sendall(head.encode())
                answers[what] = connection.recv(10_000)
        own = client.send("GET", "/P/hello", headers={"Origin": f"http://127.0.0.1:{port}"})
        assert own.status_code == 200
        return answers

    for what, answer in exchange(tmp_path, ask).items():
        assert answer.startswith(b"HTTP/1.1 403 "), what
        assert b"ForbiddenException" in answer, what


def test_two_apis_of_one_stage_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two APIs have the stage P"):
        Gateway([api(), api()], None, keys=Keys("a", "b"), region=REGION, account=ACCOUNT)  # type: ignore[arg-type]


def run_config(folder: Path) -> RunConfig:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        ports = one.getsockname()[1], other.getsockname()[1]
    platform = Platform("laptop", REGION, ACCOUNT, tuple(functions(folder)), (), (), (), (), (api(*ROUTES),), {})
    return RunConfig(platform, {}, "", KEY_ID, SECRET, REGION, *ports, folder / "state")


def test_the_runtime_says_ready_serves_and_leaves_nothing_on_sigterm(tmp_path: Path) -> None:
    config = run_config(tmp_path)
    config.save(tmp_path / "config.json")
    command = [sys.executable, "-m", "local.runtime", str(tmp_path / "config.json")]
    runtime = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, env=SAYS_READY)
    assert runtime.stdout is not None
    try:
        assert runtime.stdout.readline() == b"ready\n"
        client = Client(f"http://127.0.0.1:{config.gateway_port}")
        assert client.signed("POST", "/P/order-lines", b"[]").status_code == 200
        workers = children(runtime.pid)
        assert len(workers) == 1
        runtime.send_signal(signal.SIGTERM)
        assert runtime.wait(300) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    finally:
        runtime.kill()
        runtime.wait()
        runtime.stdout.close()


def test_a_request_under_way_is_answered_before_the_runtime_ends(tmp_path: Path) -> None:
    config = run_config(tmp_path)
    config.save(tmp_path / "config.json")
    runtime = subprocess.Popen(
        [sys.executable, "-m", "local.runtime", str(tmp_path / "config.json")],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        env=SAYS_READY,
    )
    assert runtime.stdout is not None
    try:
        assert runtime.stdout.readline() == b"ready\n"
        connection = http.client.HTTPConnection("127.0.0.1", config.gateway_port, timeout=300)
        connection.request("GET", "/P/hello?seconds=1")
        log = tmp_path / "state" / "logs" / "event.log"
        while not (log.exists() and "START" in log.read_text()):
            os.sched_yield()
        runtime.send_signal(signal.SIGTERM)
        assert connection.getresponse().status == 200
        assert runtime.wait(300) == 0
    finally:
        runtime.kill()
        runtime.wait()
        runtime.stdout.close()


def test_the_runtime_without_a_config_is_wrong_use() -> None:
    assert subprocess.run([sys.executable, "-m", "local.runtime"], cwd=CHECKOUT, capture_output=True).returncode == 2
