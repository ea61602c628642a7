"""The workers of one function, and the invocations that wait for them."""

import asyncio
from collections import deque
from functools import partial
from typing import Final

from local.lambda_runtime.environment import ExecutionEnvironment
from local.lambda_runtime.errors import Throttled
from local.lambda_runtime.invocation import Invocation
from local.lambda_runtime.log import FunctionLog
from local.lambda_runtime.worker import Job, Worker
from local.platform import Function

MAX_WORKERS: Final = 2
"""The most processes of a function: two cores can use no more. Further invocations wait for one of them."""

ACCOUNT_CONCURRENCY: Final = 1_000
"""Lambda's default for functions that reserve nothing."""


class Pool:
    """Admits as many invocations as the function's concurrency on AWS, and runs them on the laptop's few workers.

    On AWS every admitted invocation has an environment of its own; here it may wait for one, first come, first served.
    Workers are started by invocations only, so a function that fails as it starts fails once an invocation.
    """

    def __init__(self, function: Function, execution_environment: ExecutionEnvironment) -> None:
        """Start no worker before the first invocation."""
        self._function = function
        self._execution_environment = execution_environment
        self._log = FunctionLog(execution_environment.log(function.name))
        reserved = function.reserved_concurrency
        self._concurrency = ACCOUNT_CONCURRENCY if reserved is None else reserved
        self._max_workers = min(MAX_WORKERS, self._concurrency)
        self._admitted = 0
        self._waiting: deque[Job] = deque()
        self._idle: list[tuple[Worker, asyncio.Future[Job]]] = []
        self._lives: dict[Worker, asyncio.Task[None]] = {}
        self._stopping = False

    async def invoke(self, request_id: str, payload: bytes, trace_id: str) -> Invocation:
        """Run the function once; raises `Throttled` beyond its concurrency.

        Cancelling takes back an invocation that still waits. One that runs goes on, as in Lambda.
        """
        if self._admitted >= self._concurrency or self._stopping:
            raise Throttled("Rate Exceeded.")
        job = Job(request_id, payload, trace_id, asyncio.get_running_loop().create_future())
        self._admitted += 1
        job.answer.add_done_callback(self._leave)
        self._dispatch(job)
        try:
            return await asyncio.shield(job.answer)
        except asyncio.CancelledError:
            if job in self._waiting:
                self._waiting.remove(job)
                job.answer.cancel()
            raise

    async def stop(self) -> None:
        """End all workers; invocations in progress are answered as the exit that this is."""
        self._stopping = True
        lives = list(self._lives.values())
        for worker in list(self._lives):
            worker.kill()
        await asyncio.gather(*lives, return_exceptions=True)
        self._log.close()

    def _leave(self, answer: "asyncio.Future[Invocation]") -> None:
        self._admitted -= 1

    def _dispatch(self, job: Job) -> None:
        # The latest idle worker first, as its caches are warm and the others may rest.
        while self._idle:
            worker, handed = self._idle.pop()
            if not worker.ended:
                handed.set_result(job)
                return
        self._waiting.append(job)
        self._start_workers()

    async def _take(self, worker: Worker) -> Job:
        """The next job for a worker that asks."""
        if self._waiting:
            return self._waiting.popleft()
        handed: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        self._idle.append((worker, handed))
        return await handed

    def _start_workers(self) -> None:
        """Start workers for waiting invocations, one each, up to the limit."""
        starting = sum(not worker.initialized for worker in self._lives)
        room = self._max_workers - len(self._lives)
        for _ in range(min(room, len(self._waiting) - starting)):
            worker = Worker(self._function, self._execution_environment, self._log, self._take)
            self._lives[worker] = asyncio.create_task(worker.run())
            self._lives[worker].add_done_callback(partial(self._gone, worker))

    def _gone(self, worker: Worker, life: "asyncio.Task[None]") -> None:
        """Handle a worker's end: its invocation fails with it or, if it never served, the one it was started for."""
        del self._lives[worker]
        self._idle = [(other, handed) for other, handed in self._idle if other is not worker]
        if not life.cancelled() and (error := life.exception()) is not None:
            self._log.line(f"the laptop's runtime lost a worker: {error!r}")
        if worker.job is not None:
            worker.fail(worker.failure(worker.job.request_id))
        elif not worker.initialized and self._waiting:
            job = self._waiting.popleft()
            job.answer.set_result(worker.failure(job.request_id))
        if self._stopping:
            self._abandon()
        else:
            self._start_workers()

    def _abandon(self) -> None:
        while self._waiting:
            self._waiting.popleft().answer.cancel()
