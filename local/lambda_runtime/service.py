"""All functions of one platform, ready to be invoked."""

import asyncio
import uuid
from collections.abc import Iterable

from local.lambda_runtime import failures
from local.lambda_runtime.environment import ExecutionEnvironment, link_client
from local.lambda_runtime.errors import MAX_REQUEST_BYTES, RequestTooLarge, UnknownFunction
from local.lambda_runtime.invocation import Invocation, new_trace_id
from local.lambda_runtime.pool import Pool
from local.platform import Function


class LambdaService:
    """Invokes functions by name. Use it within one event loop, from that loop's thread, which must outlive it."""

    def __init__(self, functions: Iterable[Function], execution_environment: ExecutionEnvironment) -> None:
        """Nothing is started before it is invoked."""
        link_client(execution_environment.client)
        self._execution_environment = execution_environment
        self._pools = {function.name: Pool(function, execution_environment) for function in functions}

    async def invoke(
        self, name: str, payload: bytes, *, request_id: str | None = None, trace_id: str | None = None
    ) -> Invocation:
        """Run the function with this JSON and wait; raises `InvokeRefused` if Lambda would refuse it."""
        pool = self._pools.get(name)
        if pool is None:
            raise UnknownFunction(f"Function not found: {self._execution_environment.arn(name)}")
        if len(payload) > MAX_REQUEST_BYTES:
            raise RequestTooLarge
        answer = await pool.invoke(request_id or str(uuid.uuid4()), payload, trace_id or new_trace_id())
        if answer.function_error:
            failures.note(self._execution_environment.log(failures.LOG), name, answer.payload)
        return answer

    async def stop(self) -> None:
        """Stop the worker processes of every function."""
        await asyncio.gather(*(pool.stop() for pool in self._pools.values()))
