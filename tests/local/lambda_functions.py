"""Tiny Lambda functions, written to a folder and run by AWS's own runtime client."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from local.lambda_runtime.environment import ExecutionEnvironment
from local.lambda_runtime.service import LambdaService
from local.platform import Function

REGION, ACCOUNT = "us-east-1", "000000000000"
KEY_ID, SECRET = "LAPTOPKEY", "a-secret"

HANDLERS = '''
import json, logging, os, sys, time

def echo(event, context):
    return event

def execution_environment(event, context):
    return {
        "environment": dict(os.environ), "path": sys.path, "cwd": os.getcwd(), "pid": os.getpid(),
        "remaining": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn,
        "request_id": context.aws_request_id, "memory": context.memory_limit_in_mb, "zone": time.tzname[0],
    }

def importable(event, context):
    def found(name):
        try:
            __import__(name)
        except ImportError:
            return False
        return True
    return {name: found(name) for name in event["names"]}

def slow(event, context):
    # as one text: AWS's client writes each text of a print apart, and two workers write to one log
    print(f"going to sleep for {event['seconds']}")
    time.sleep(event["seconds"])
    return os.getpid()

def held(event, context):
    """Run until there is a file of this path."""
    while not os.path.exists(event["until"]):
        time.sleep(0.01)

def pid(event, context):
    time.sleep(event.get("seconds", 0))
    return os.getpid()

def leave(event, context):
    os._exit(event["code"])

def die(event, context):
    os.kill(os.getpid(), event["signal"])
    time.sleep(5)

def fail(event, context):
    raise ValueError("no such line")

def repeat(event, context):
    return "x" * event["times"]

def log(event, context):
    print("printed")
    print("to stderr", file=sys.stderr)
    logging.getLogger().warning("logged")

def answer(event, context):
    """Whatever the request's body says, as the whole answer to API Gateway."""
    return json.loads(event["body"])

def event(event, context):
    time.sleep(float((event["queryStringParameters"] or {}).get("seconds", 0)))
    return {"statusCode": 200, "body": json.dumps(event)}
'''


def function(
    folder: Path,
    handler: str,
    *,
    timeout_seconds: int = 10,
    reserved_concurrency: int | None = None,
    name: str | None = None,
    environment: dict[str, str] | None = None,
) -> Function:
    """A function of `HANDLERS`, or of another module in its folder; its default name is its handler's."""
    code = folder / "code"
    code.mkdir(exist_ok=True)
    (code / "app.py").write_text(HANDLERS)
    return Function(
        name=name or handler,
        handler=handler if "." in handler else f"app.{handler}",
        code=code,
        environment=environment or {},
        timeout_seconds=timeout_seconds,
        memory_mb=256,
        reserved_concurrency=reserved_concurrency,
    )


def execution_environment(folder: Path) -> ExecutionEnvironment:
    """The functions' execution environment; nothing listens at its endpoints."""
    endpoints = {"s3": "http://127.0.0.1:1", "dynamodb": "http://127.0.0.1:2"}
    return ExecutionEnvironment(REGION, ACCOUNT, KEY_ID, SECRET, endpoints, folder / "state")


@asynccontextmanager
async def running(folder: Path, functions: Iterable[Function]) -> AsyncIterator[LambdaService]:
    """The functions, ready to be invoked; no worker is left afterwards."""
    service = LambdaService(functions, execution_environment(folder))
    try:
        yield service
    finally:
        await service.stop()
