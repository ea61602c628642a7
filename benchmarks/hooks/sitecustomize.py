"""Python imports this at its start where the folder is on its path: each process notes its DynamoDB writes then.

A line a request in `$BENCHMARK_WRITES/PID`: the time at which its answer came, and how many items it wrote. So a job is
watched as it is, from within all of its workers, without a change to it.
"""

import os
import time
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

_CALL = "_make_api_call"
_call = getattr(BaseClient, _CALL)
_log = (Path(os.environ["BENCHMARK_WRITES"]) / str(os.getpid())).open("w", buffering=1)
_pid = os.getpid()


def _noted(self: Any, operation: str, request: Any) -> Any:
    answer = _call(self, operation, request)
    if operation in ("BatchWriteItem", "PutItem"):
        asked = sum(map(len, request["RequestItems"].values())) if operation == "BatchWriteItem" else 1
        left = sum(map(len, answer.get("UnprocessedItems", {}).values()))
        _file().write(f"{time.time():.6f} {asked - left}\n")
    return answer


def _file() -> Any:
    """This process's own file: Spark's workers are forks of one process that has imported this."""
    global _log, _pid
    if _pid != os.getpid():
        _pid = os.getpid()
        _log = (Path(os.environ["BENCHMARK_WRITES"]) / str(_pid)).open("w", buffering=1)
    return _log


setattr(BaseClient, _CALL, _noted)
