"""Invoking a function by the Invoke API."""

import socket
import threading

import pytest

from local.event_source.invocations import Function, Invocation, failure
from local.sigv4 import Keys, Scope, Signer
from tests.local.event_source.lambda_service import FAILED, TAKEN, THROTTLED, Answer, serving

SIGNER = Signer(Keys("LAPTOPKEY", "a-secret"), Scope("us-east-1", "lambda"))


def test_a_function_that_answers_has_no_error_whatever_it_returned() -> None:
    partial = Answer(body=b'{"batchItemFailures":[{"itemIdentifier":{"partition":"order-lines-0","offset":1}}]}')
    with serving(lambda number: [TAKEN, partial][number]) as (service, endpoint):
        function = Function(endpoint, "archive", timeout_seconds=5, signer=SIGNER)

        assert [function.invoke(b"1"), function.invoke(b"2")] == [
            Invocation(None, ran=True, body=b"null"),
            Invocation(None, ran=True, body=partial.body),
        ]
        assert [(one.function, one.payload) for one in service.invocations] == [("archive", b"1"), ("archive", b"2")]


def test_an_error_of_the_function_and_a_throttle_are_failures_with_their_reason() -> None:
    with serving(lambda number: [FAILED, THROTTLED, TAKEN][number]) as (_, endpoint):
        function = Function(endpoint, "archive", timeout_seconds=5, signer=SIGNER)

        ended = [function.invoke(b"") for _ in range(3)]
        assert [(it.error, it.ran) for it in ended] == [
            ("Unhandled ValueError: no order line", True),
            ('429 {"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}', False),
            (None, True),
        ]


def test_a_service_that_is_gone_is_a_failure_and_the_next_try_finds_it_again() -> None:
    with serving() as (_, endpoint):
        function = Function(endpoint, "archive", timeout_seconds=5, signer=SIGNER)
        assert function.invoke(b"").error is None
    function.close()

    gone = function.invoke(b"")

    assert (gone.error or "").startswith("no answer from Lambda: ConnectionRefusedError")
    assert not gone.ran


def test_a_service_that_never_answers_is_a_failure_after_the_functions_time_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("local.event_source.invocations.SPARE_SECONDS", 0.1)
    never = threading.Event()
    with serving(lambda _: Answer(after=never)) as (_, endpoint):
        silent = Function(endpoint, "archive", timeout_seconds=0.1, signer=SIGNER).invoke(b"")
        never.set()

    assert silent == Invocation("no answer from Lambda: TimeoutError('timed out')", ran=False)


def test_a_connection_that_the_server_closed_is_a_failure_and_the_next_try_uses_a_new_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        function = Function(f"http://127.0.0.1:{server.getsockname()[1]}", "archive", timeout_seconds=5, signer=SIGNER)

        def close_then_answer() -> None:
            for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull"):
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=close_then_answer, daemon=True).start()

        assert "RemoteDisconnected" in (function.invoke(b"").error or "")
        assert function.invoke(b"").error is None


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"errorMessage"', b"\xff"])
def test_an_error_that_is_no_json_is_shown_as_it_is(body: bytes) -> None:
    assert failure(200, "Unhandled", body) == f"Unhandled {body.decode('utf-8', 'replace')}"


def test_a_long_reason_is_shortened() -> None:
    assert failure(500, None, b"x" * 10_000) == "500 " + "x" * 296
