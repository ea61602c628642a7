"""Whether the functions' handlers import, each in the surroundings of its worker, before anything is started.

Lambda tells it by failing every invocation: rows would wait in the topic, and the API would answer 502. What was seen
to import is remembered by its asset, whose folder is named after its content.
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
from local.lambda_runtime.environment import Surroundings, link_client
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
"""As AWS's runtime client imports a handler; says in one line why not."""


def check_handlers(functions: Sequence[Function], surroundings: Surroundings) -> None:
    """Raise `HandlerBroken` for the first function whose handler does not import."""
    memory = surroundings.state / "build" / "handlers.json"
    known = remembered(memory)
    new = [function for function in functions if key(function) not in known]
    if not new:
        return
    link_client(surroundings.client)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda function: why_not(function, surroundings), new))
    for function, why in zip(new, answers, strict=True):
        if why:
            raise HandlerBroken(
                f"the function {function.name} cannot start: its handler {function.handler} does not import: {why}\n"
                "mend it, and run `tillstream up` again; nothing is left running"
            )
    write_json(memory, sorted(map(key, functions)))


def why_not(function: Function, surroundings: Surroundings) -> str:
    """Why the handler does not import; empty where it does."""
    command = [sys.executable, "-I", "-S", "-c", IMPORT, str(function.code), str(surroundings.client), function.handler]
    environment = surroundings.environment(function, "127.0.0.1:0")
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


def key(function: Function) -> str:
    """What tells this handler of this code from others."""
    return os.pathsep.join((str(function.code), function.handler, sys.version))


def remembered(memory: Path) -> set[str]:
    """The handlers that were seen to import."""
    try:
        return set(json.loads(memory.read_text("utf-8")))
    except (OSError, ValueError):
        return set()
