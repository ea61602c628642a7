"""Runs the platform's functions as Lambda does: by AWS's own runtime client, in processes that take one call at a time.

`service` takes invocations, `pool` holds one function's workers, `worker` is one process with the Runtime API it talks
to, `invoke_api` is AWS's Invoke API over HTTP.
"""

from local.lambda_runtime.environment import ExecutionEnvironment
from local.lambda_runtime.errors import InvokeRefused, RequestTooLarge, Throttled, UnknownFunction
from local.lambda_runtime.invocation import Invocation
from local.lambda_runtime.service import LambdaService

__all__ = [
    "ExecutionEnvironment",
    "Invocation",
    "InvokeRefused",
    "LambdaService",
    "RequestTooLarge",
    "Throttled",
    "UnknownFunction",
]
