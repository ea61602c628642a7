"""One worker: a process that runs a function, and the Lambda Runtime API that only this process talks to.

Each worker has a port of its own, which is how its requests are known to be its: AWS's client takes a path behind the
address for calls, but not for the report of a failed start.
"""

import asyncio
import os
import signal
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from local.http import HOST, SERVER_OPTIONS, BodyTooLarge, read_body, stranger
from local.lambda_runtime.environment import ExecutionEnvironment
from local.lambda_runtime.errors import MAX_RESPONSE_BYTES
from local.lambda_runtime.invocation import UNHANDLED, Invocation, exited, not_started, timed_out, too_large
from local.lambda_runtime.log import FunctionLog
from local.peers import is_of
from local.platform import Function
from local.processes import peak_mb

API: Final = "/2018-06-01/runtime/"
INIT_SECONDS: Final = 10.0
"""Seconds that Lambda grants a start-up before it counts against the function's own time-out."""

CLOSE_SECONDS: Final = 0.05
"""Seconds for a dead worker's connections to close; aiohttp takes 0 for ever."""


@dataclass(slots=True, eq=False)
class Job:
    """One invocation in a worker."""

    request_id: str
    payload: bytes
    trace_id: str
    answer: "asyncio.Future[Invocation]"
    started: float = field(default=0.0)


class Worker:
    """One execution environment; `take` is asked for the next job whenever the process wants one."""

    def __init__(
        self,
        function: Function,
        execution_environment: ExecutionEnvironment,
        log: FunctionLog,
        take: Callable[["Worker"], Awaitable[Job]],
    ) -> None:
        """Run nothing before `run`."""
        self.job: Job | None = None
        self.initialized = False
        self._function = function
        self._execution_environment = execution_environment
        self._log = log
        self._take = take
        self._process: Process | None = None
        self._created = time.perf_counter()
        self._init_milliseconds = 0.0
        self._spawned = asyncio.Event()
        self._known: asyncio.Transport | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._verdict: Callable[[str], Invocation] | None = None

    async def run(self) -> None:
        """The worker's whole life; returns when its process has ended, by itself or by `kill`."""
        loop = asyncio.get_running_loop()
        api = web.Server(self._respond, **SERVER_OPTIONS)
        listener = await loop.create_server(api, HOST, 0)
        self._limit = loop.call_later(INIT_SECONDS + self._function.timeout_seconds, self._start_too_slow)
        try:
            self._process = await self._spawn(f"{HOST}:{listener.sockets[0].getsockname()[1]}")
            self._spawned.set()
            await self._process.wait()
        except OSError as error:
            reason = f"cannot start in {self._function.code}: {error.strerror}"
            self._verdict = lambda request_id: not_started(request_id, reason)
        finally:
            self._limit.cancel()
            self.kill()
            listener.close()
            await api.shutdown(CLOSE_SECONDS)

    @property
    def ended(self) -> bool:
        """Whether the process has ended, even where the event loop has not heard of it yet."""
        if self._process is None:  # so young that its id is not known yet
            return False
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def failure(self, request_id: str) -> Invocation:
        """The outcome of an invocation that this worker's end leaves without an answer."""
        if self._verdict is not None:
            return self._verdict(request_id)
        return exited(request_id, self._process.returncode if self._process else None)

    def kill(self) -> None:
        """Kill the process and all that it started, as Lambda does."""
        if self._process is not None and self._process.returncode is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def settle(self, invocation: Invocation) -> None:
        """Complete the current job with this outcome."""
        job, self.job = self.job, None
        if job is None:
            return
        assert self._limit is not None
        self._limit.cancel()
        milliseconds = (time.perf_counter() - job.started) * 1000
        used_mb = peak_mb(self._process.pid) if self._process else 0
        self._log.end(job.request_id, milliseconds, self._function.memory_mb, used_mb, self._init_milliseconds)
        self._init_milliseconds = 0.0
        if not job.answer.done():
            job.answer.set_result(invocation)

    def fail(self, invocation: Invocation) -> None:
        """Complete the current job with an error that the process could not report itself."""
        self._log.line(invocation.payload.decode())
        self.settle(invocation)

    async def _spawn(self, runtime_api: str) -> Process:
        return await asyncio.create_subprocess_exec(
            *self._execution_environment.command(self._function),
            env=self._execution_environment.variables(self._function, runtime_api),
            cwd=self._function.code,
            stdin=DEVNULL,
            stdout=self._log.descriptor,
            stderr=STDOUT,
            start_new_session=True,
        )

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """The Lambda Runtime API, as AWS documents it for custom runtimes; for this worker's process alone."""
        if stranger(request) or not await self._is_ours(request):
            return web.Response(status=403)
        match request.raw_path.removeprefix(API).split("/"):
            case ["invocation", "next"]:
                return await self._next()
            case ["init", "error"]:
                body = await request.content.read()
                self._verdict = lambda request_id: Invocation(request_id, body, UNHANDLED)
                return _accepted()
            case ["invocation", request_id, ("response" | "error") as what]:
                return await self._answer(request, request_id, UNHANDLED if what == "error" else None)
        return web.Response(status=404)

    async def _is_ours(self, request: web.BaseRequest) -> bool:
        """Whether the connection is of the worker's process, which is asked once a connection."""
        transport = request.transport
        if transport is None or transport is self._known:
            return transport is not None
        await self._spawned.wait()
        if self._process is None or not is_of(
            self._process.pid, transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        ):
            return False
        self._known = transport
        return True

    async def _next(self) -> web.Response:
        if self.ended:
            raise ConnectionResetError("the worker asked for a job and died")
        if not self.initialized:
            self.initialized = True
            self._init_milliseconds = (time.perf_counter() - self._created) * 1000
            if self._limit is not None:
                self._limit.cancel()
        job = self.job = await self._take(self)
        job.started = time.perf_counter()
        self._log.start(job.request_id)
        seconds = self._function.timeout_seconds
        self._limit = asyncio.get_running_loop().call_later(seconds, self._time_out)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": job.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self._execution_environment.arn(self._function.name),
            "Lambda-Runtime-Trace-Id": job.trace_id,
        }
        return web.Response(body=job.payload, headers=headers, content_type="application/json")

    async def _answer(self, request: web.BaseRequest, request_id: str, error: str | None) -> web.Response:
        try:
            body = await read_body(request, MAX_RESPONSE_BYTES)
        except BodyTooLarge:
            self.settle(too_large(request_id))
            return web.Response(status=413)
        if self.job is None or self.job.request_id != request_id:
            return web.Response(status=400)  # the invocation timed out meanwhile
        self.settle(Invocation(request_id, body, error))
        return _accepted()

    def _time_out(self) -> None:
        if self.job is not None:
            seconds = self._function.timeout_seconds
            self.fail(timed_out(self.job.request_id, seconds))
        self.kill()

    def _start_too_slow(self) -> None:
        seconds = INIT_SECONDS + self._function.timeout_seconds
        self._verdict = lambda request_id: timed_out(request_id, seconds)
        self.kill()


def _accepted() -> web.Response:
    return web.Response(status=202, body=b'{"status":"OK"}\n', content_type="application/json")
