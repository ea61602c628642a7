"""The log records of the platform's own processes: each one line, written whole, with the time of day."""

import json
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final

STANDARD_ERROR: Final = 2
MOST_BYTES: Final = 1024 * 1024


def log(**fields: Any) -> None:
    """Write one JSON object to standard error, its time first; fields without a value are left out."""
    record = {"time": now(), **{name: value for name, value in fields.items() if value is not None}}
    write(json.dumps(record, ensure_ascii=False))


def note(text: str) -> None:
    """Write some text to standard error, its time first."""
    write(f"{now()} {text}")


def write(line: str) -> None:
    """Write the line and its end in one call: another thread's record comes before or after it, never within."""
    os.write(STANDARD_ERROR, (line.rstrip("\n") + "\n").encode("utf-8", "replace"))


def append_bounded(log: Path, line: bytes) -> None:
    """Append the line to a log that begins anew when it is full; the full one is kept as `.1`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > MOST_BYTES:
        log.replace(log.with_name(log.name + ".1"))
    with log.open("ab") as file:
        file.write(line.rstrip(b"\n") + b"\n")


def now() -> str:
    """The local time of day, with its zone.

    >>> len(now()) >= len("2026-11-29T01:02:03.456+00:00")
    True
    """
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


class _Whole(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        note(self.format(record))


def log_to_stderr() -> None:
    """Write the records of a server's logger as notes."""
    logging.basicConfig(level=logging.INFO, handlers=[_Whole()])
