"""Checks that the functions' handlers import, each in its worker's execution environment, before anything starts.

Lambda tells it by failing every invocation: rows would wait in the topic, and the API would answer 502. A handler that
imported once is remembered beside its code, in a folder that is named after the content of the code.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from local.errors import HandlerBroken, explained
from local.lambda_runtime.environment import ExecutionEnvironment, link_client
from local.platform import Function
from local.processes import silent, tethered
from local.progress import Life, Waiting, cpu_seconds
from local.state import write_json

LOOK_SECONDS: Final = 0.5
AT_ONCE: Final = 2

IMPORT: Final = """
import importlib, sys, traceback
code, client, handler = sys.argv[1:]
sys.path[:0] = [code, client]
module, _, name = handler.rpartition(".")
try:
    found = importlib.import_module(module.replace("/", "."))
    if not callable(getattr(found, name, None)):
        sys.exit(f"{found.__file__} has no function {name}")
except Exception as error:
    frames = [it for it in traceback.extract_tb(error.__traceback__)[1:] if not it.filename.startswith("<frozen")]
    where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    sys.exit(f"{type(error).__name__}: {error}{where}")
"""
"""Code that imports a handler as AWS's runtime client does; prints the error in one line."""


def check_handlers(functions: Sequence[Function], execution_environment: ExecutionEnvironment) -> None:
    """Raise `HandlerBroken` for the first function whose handler does not import."""
    new = [function for function in functions if key(function) not in remembered(memory(function))]
    if not new:
        return
    link_client(execution_environment.client)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda function: why_not(function, execution_environment), new))
    for function, why in zip(new, answers, strict=True):
        if why:
            raise HandlerBroken(
                f"the function {function.name} cannot start: its handler {function.handler} does not import: {why}\n"
                "repair it, and run `tillstream up` again; nothing is left running"
            )
    for function in new:
        write_json(memory(function), sorted(remembered(memory(function)) | {key(function)}))


def why_not(function: Function, execution_environment: ExecutionEnvironment) -> str:
    """The reason why the handler does not import; empty if it does."""
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        IMPORT,
        str(function.code),
        str(execution_environment.client),
        function.handler,
    ]
    environment = execution_environment.variables(function, "127.0.0.1:0")
    # a thread starts it, and the kernel ends it with that thread
    with subprocess.Popen(
        tethered(command),
        cwd=function.code,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as child:
        waiting = Waiting(lambda: Life(cpu_seconds({child.pid}), 0), silent)
        while True:
            try:
                _, said = child.communicate(timeout=LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if waiting.goes_on(lambda: ""):
                    continue
                child.kill()
                return f"its import hangs: it hardly used the processor for {waiting.patience_seconds:.0f} s"
            return explained(said.strip() or f"exit code {child.returncode}") if child.returncode else ""


def memory(function: Function) -> Path:
    """The file beside the function's code that lists what imported."""
    return function.code.with_name("imported.json")


def key(function: Function) -> str:
    """The key of this handler with this code."""
    return os.pathsep.join((str(function.code), function.handler, sys.version))


def remembered(memory: Path) -> set[str]:
    """The keys of handlers that imported before."""
    try:
        return set(json.loads(memory.read_text("utf-8")))
    except (OSError, ValueError):
        return set()
