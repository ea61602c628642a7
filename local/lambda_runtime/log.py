"""The log of one function: its workers' output, between the lines that Lambda writes around every invocation."""

import os
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 32 * 1024 * 1024


class FunctionLog:
    """A file that the workers and this process append to; the last run's is kept as `.1`, and so is a full one."""

    def __init__(self, path: Path) -> None:
        """Start a new log."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._kept = path.with_name(path.name + ".1")
        self._path = path
        if path.exists():
            path.replace(self._kept)
        self.descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def start(self, request_id: str) -> None:
        """Write the START line of an invocation, as CloudWatch shows it."""
        self._bound()
        self.line(f"START RequestId: {request_id} Version: $LATEST")

    def end(self, request_id: str, milliseconds: float, memory_mb: int, used_mb: int, init_milliseconds: float) -> None:
        """An invocation ended; the first of a worker also says how long the worker took to start."""
        report = (
            f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
            f"Memory Size: {memory_mb} MB\tMax Memory Used: {used_mb} MB"
        )
        self.line(report + (f"\tInit Duration: {init_milliseconds:.2f} ms" if init_milliseconds else ""))

    def line(self, text: str) -> None:
        """Append the text and a line end to the function's log, in one write."""
        os.write(self.descriptor, (text + "\n").encode())

    def close(self) -> None:
        """Close the function's log file."""
        os.close(self.descriptor)

    def _bound(self) -> None:
        """Move a full log to `.1` and begin again in place: running workers hold the file open."""
        if os.fstat(self.descriptor).st_size > MAX_BYTES:
            self._kept.write_bytes(self._path.read_bytes())
            os.ftruncate(self.descriptor, 0)
