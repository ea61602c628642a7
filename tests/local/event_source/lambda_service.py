"""A Lambda service for tests: it speaks the Invoke API, keeps its invocations and gives scripted answers."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from typing import Any, Final

from commerce.kafka_events import Message, by_partition

DEADLINE_SECONDS: Final = 300
"""Seconds after which what a test waits for hangs: a busy machine takes minutes for what a quiet one does at once."""


@dataclass(frozen=True)
class Answer:
    """An answer of the Invoke API, given when `after` is set."""

    status: int = 200
    body: bytes = b"null"
    headers: Mapping[str, str] | None = None
    after: threading.Event | None = None


TAKEN = Answer()
FAILED = Answer(
    body=b'{"errorType":"ValueError","errorMessage":"no order line"}', headers={"X-Amz-Function-Error": "Unhandled"}
)
THROTTLED = Answer(429, b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}')


@dataclass(frozen=True)
class Invocation:
    """One event of an invocation."""

    function: str
    payload: bytes
    at: float
    answer: Answer

    @property
    def messages(self) -> list[Message]:
        """Its messages, as a consumer reads them."""
        return [message for _, messages in by_partition(json.loads(self.payload)) for message in messages]

    @property
    def offsets(self) -> dict[int, list[int]]:
        """The offsets of each partition."""
        return {p.partition: [m.offset for m in messages] for p, messages in by_partition(json.loads(self.payload))}


class LambdaService:
    """The invocations so far; `decide` answers each by its number, which begins at 0.

    One with messages of the `poisoned` partition fails.
    """

    def __init__(self, decide: Callable[[int], Answer], poisoned: int | None = None) -> None:
        self.decide, self._poisoned = decide, poisoned
        self.invocations: list[Invocation] = []
        self._lock = threading.Lock()

    def take(self, function: str, payload: bytes) -> Answer:
        with self._lock:
            asked = Invocation(function, payload, monotonic(), self.decide(len(self.invocations)))
            is_poisoned = self._poisoned is not None and self._poisoned in asked.offsets
            answer = FAILED if is_poisoned else asked.answer
            self.invocations.append(replace(asked, answer=answer))
        if answer.after is not None:
            answer.after.wait(2 * DEADLINE_SECONDS)
        return answer

    @property
    def taken(self) -> list[Message]:
        """The messages of all invocations that ended well, in the order of the invocations."""
        return [
            message
            for one in list(self.invocations)
            if one.answer.status == 200 and not one.answer.headers
            for message in one.messages
        ]


@contextmanager
def serving(
    decide: Callable[[int], Answer] = lambda _: TAKEN, poisoned: int | None = None
) -> Iterator[tuple[LambdaService, str]]:
    """A service and its address."""
    service = LambdaService(decide, poisoned)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            answer = service.take(self.path.split("/")[3], payload)
            try:
                self.send_response(answer.status)
                for name, value in (answer.headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:  # the event source that asked was killed
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def eventually(
    condition: Callable[[], Any], seen: Callable[[], Any], deadline_seconds: float = DEADLINE_SECONDS
) -> None:
    """Wait until the condition holds; fails with `seen` when the deadline has passed."""
    deadline = monotonic() + deadline_seconds
    while not condition():
        assert monotonic() < deadline, f"not within {deadline_seconds} s; seen: {seen()}"
        sleep(0.02)
