"""An API on a real socket that gives scripted answers and remembers what it acknowledged.

Run as a program it accepts everything as cheaply as it can, for measurements: `python -m tests.producer.api_server`.
"""

import json
import re
import socket
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """One request; `number` counts them all, from 0."""

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def rows(self) -> list[dict[str, Any]]:
        return json.loads(self.body)  # type: ignore[no-any-return]

    @property
    def line_ids(self) -> list[str]:
        return [row["LineId"] for row in self.rows]


@dataclass(frozen=True)
class Reply:
    """An answer; `accepts` are the LineIds that count from now on. No status: the connection is reset."""

    status: int | None = 202
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    accepts: Sequence[str] = ()
    after_seconds: float = 0.0


Script = Callable[[Request], Reply]


def accept(request: Request, after_seconds: float = 0.0) -> Reply:
    """Every row is accepted."""
    return by_row(request, after_seconds=after_seconds)


def by_row(
    request: Request,
    refuse: Callable[[str], bool] = lambda _: False,
    hold: Callable[[str], bool] = lambda _: False,
    after_seconds: float = 0.0,
) -> Reply:
    """The API's answer that refuses some rows for good and leaves others unacknowledged."""
    results: list[dict[str, Any]] = []
    accepted = []
    for index, row in enumerate(request.rows):
        line_id = row["LineId"]
        if refuse(line_id):
            reason = {"field": "StockCode", "value": row["StockCode"], "rule": "is refused by the script"}
            results.append({"index": index, "status": 400, "errors": [reason]})
        elif hold(line_id):
            results.append({"index": index, "status": 503, "errors": []})
        else:
            accepted.append(line_id)
            results.append({"index": index, "LineId": line_id, "Occurrence": row["Occurrence"]})
    failed = [result["status"] for result in results if "status" in result]
    status = 202 if not failed else 207 if accepted else max(failed)
    body = {"accepted": len(accepted), "rejected": len(failed), "results": results}
    return Reply(status, json.dumps(body).encode(), accepts=accepted, after_seconds=after_seconds)


def problem(status: int, detail: str = "", headers: dict[str, str] | None = None) -> Reply:
    """An answer about the whole request."""
    return Reply(status, json.dumps({"title": "told by the script", "detail": detail}).encode(), headers or {})


def reset(*accepts: str) -> Reply:
    """A reset of the connection without an answer, after the given rows were accepted."""
    return Reply(None, accepts=accepts)


class ApiServer:
    """The server, on a free port of 127.0.0.1, with a thread a connection."""

    def __init__(self, script: Script = accept, *, remember: bool = True) -> None:
        self.script = script
        self.rows_accepted = 0
        self._remember = remember
        self._count = 0
        self.requests: list[Request] = []
        self.accepted: Counter[str] = Counter()
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self._answered))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/P"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answered(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        with self.lock:
            request = Request(self._count, method, path, headers, body)
            self._count += 1
            if self._remember:
                self.requests.append(request)
        reply = self.script(request)
        time.sleep(reply.after_seconds)  # a slow API, as the script wants it
        with self.lock:
            self.accepted.update(reply.accepts)
            if reply.status == 202:
                self.rows_accepted += request.body.count(b'"LineId":')
        return reply


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that was killed."""


Answered = Callable[[str, str, dict[str, str], bytes], Reply]


def _handler(answered: Answered) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True
        rbufsize = 1 << 18

        def handle(self) -> None:
            while self._one():
                pass

        def _one(self) -> bool:
            first = self.rfile.readline()
            if not first:
                return False
            method, path, _ = first.decode("latin-1").split(" ", 2)
            headers = {}
            while (line := self.rfile.readline().strip()) != b"":
                name, value = line.decode("latin-1").split(":", 1)
                headers[name.lower()] = value.strip()
            length = int(headers.get("content-length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                return False  # the client is gone
            reply = answered(method, path, headers, body)
            if reply.status is None:
                # RST instead of FIN: what a crashed server's kernel sends
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.connection.close()
                return False
            headers = {"Content-Type": "application/json", "Content-Length": str(len(reply.body)), **reply.headers}
            head = f"HTTP/1.1 {reply.status} Told\r\n" + "".join(
                f"{name}: {value}\r\n" for name, value in headers.items()
            )
            self.wfile.write(head.encode("latin-1") + b"\r\n" + reply.body)
            return True

    return Handler


def cheaply_accepted(request: Request) -> Reply:
    """Every row is accepted, in the API's words, with as little work as possible."""
    ids = re.findall(rb'"Occurrence":([0-9]+),"LineId":"([0-9a-f]{32})"', request.body)
    results = b",".join(
        [b'{"index":%d,"LineId":"%b","Occurrence":%b}' % (at, line_id, n) for at, (n, line_id) in enumerate(ids)]
    )
    return Reply(202, b'{"accepted":%d,"rejected":0,"results":[%b]}' % (len(ids), results))


if __name__ == "__main__":
    with ApiServer(cheaply_accepted, remember=False) as server:
        print(server.url, flush=True)
        threading.Event().wait()
