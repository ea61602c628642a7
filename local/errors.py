"""The errors of the laptop runtime.

LocalError
├── PartFailed        a program of the platform ended, or never served
├── PartSilent        a program of the platform runs, but does not answer
├── StartFailed       the platform could not be made ready
├── JobFailed         a job ended badly, was stopped, or took too long
├── MachineNotReady   Java, Maven or another need is missing
├── SynthesisFailed   the CDK app gave no templates
├── HandlerBroken     a function's handler does not import
├── TemplateError     the templates cannot be run here
│   ├── BrokenAssembly        the folder holds no whole synthesized app
│   ├── UnresolvedReference   a reference has no answer on a laptop
│   ├── UnsupportedProperty   a resource is asked for what its part cannot do
│   └── UnsupportedResource   a type of resource has no local service
├── NotPossible       the command does not fit the present state (exit 2)
└── Interrupted       somebody asked to stop
"""

import re
import shutil
import signal
from pathlib import Path
from typing import Final

from commerce.errors import TillstreamError
from console.exits import FAILED, INTERRUPTED

TAIL_LINES: Final = 15
TELLING_LINES: Final = 200
"""Lines to search for a cause: a Java server writes long traces below the line that names it."""
LONGEST_TAIL_BYTES: Final = 1024 * 1024
FULL_MB: Final = 1

DISK_FULL: Final = "the disk is full: free some space (`df -h` shows where), and run it again"

TELLING: Final = (
    (r"No space left on device|Disk quota exceeded|database or disk is full", DISK_FULL),
    (
        r"insufficient memory|Could not reserve enough|[Ff]ailed to (allocate|reserve|map)|Could not allocate"
        r"|Cannot allocate memory|Not enough space|MemoryError|OutOfMemoryError|unable to create native thread",
        "memory is short: end other programs or raise the limit (`free -m` and `ulimit -a` show it), and run it again",
    ),
    (
        r"UnsupportedClassVersionError",
        "this Java is too old: put Java 17 or newer first on the PATH (`tillstream doctor` shows it)",
    ),
    (r"Address already in use", "another program took its port meanwhile: run it again"),
    (r"Permission denied|AccessDeniedException", "it may not read or write there: `tillstream doctor` shows where"),
)
"""Patterns in a program's output when the machine fails it, each with a remedy; the first match counts."""


class LocalError(TillstreamError):
    """An error of the laptop runtime; its text is one clear sentence for the person at the terminal."""


class PartFailed(LocalError):
    """A program of the platform ended, or never served; the message contains the end of its log."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        """`what` completes the sentence that begins with the program's name."""
        end = last_lines(log, TELLING_LINES)
        reason = telling("\n".join(end)) or lack_of_space(log)
        why = f": {reason}" if reason else ""
        shown = f"{log}, which ends with:\n{tail(log)}" if end else f"{log}, which is empty"
        super().__init__(f"{name} {what}{why}; its log is {shown}")
        self.name = name


class PartSilent(LocalError):
    """A program of the platform runs, but does not answer."""


class StartFailed(LocalError):
    """The platform could not be made ready."""


class JobFailed(LocalError):
    """A job failed, was stopped, or exceeded its template's time-out; the message contains the end of its log."""


class MachineNotReady(LocalError):
    """This machine lacks something that the platform needs."""


class SynthesisFailed(LocalError):
    """The CDK app produced no templates."""


class HandlerBroken(LocalError):
    """A function's handler does not import; the message names both, and the reason."""


class TemplateError(LocalError):
    """The templates ask for something that the laptop cannot provide; the message names it."""


class BrokenAssembly(TemplateError):
    """The folder is not a complete synthesized app, or lacks one of our assets; the message names the file."""


class UnresolvedReference(TemplateError):
    """A template refers to something unknown on the laptop; the message names the reference."""


class UnsupportedProperty(TemplateError):
    """A template sets a property that the resource's local service cannot honour."""


class UnsupportedResource(TemplateError):
    """A template asks for a resource type that has no local service."""


class NotPossible(LocalError):
    """The command does not fit the platform's present state."""

    exit_code = 2


class Interrupted(LocalError):
    """A signal asked the command to stop."""

    def __init__(self, number: signal.Signals) -> None:
        """The message names Ctrl-C by its keys."""
        by = "Ctrl-C" if number is signal.SIGINT else number.name
        super().__init__(f"stopped by {by}; nothing is left running")
        self.number = number
        self.exit_code = INTERRUPTED if number is signal.SIGINT else FAILED


def explained(said: str) -> str:
    """A program's output, below its explanation if the trouble is a known one."""
    reason = telling(said)
    return f"{reason}\n{said}" if reason else said


def telling(said: str) -> str:
    """The remedy for a known trouble in a program's output; empty for an unknown one.

    >>> telling("java.io.IOException: No space left on device")
    'the disk is full: free some space (`df -h` shows where), and run it again'
    """
    return next((remedy for pattern, remedy in TELLING if re.search(pattern, said)), "")


def lack_of_space(log: Path) -> str:
    """`DISK_FULL` if the disk is, for a program that could not even write that into its log."""
    try:
        return DISK_FULL if shutil.disk_usage(log.parent).free < FULL_MB * 1024 * 1024 else ""
    except OSError:
        return ""


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, indented; a stand-in if there are none."""
    return "\n".join("  " + line for line in last_lines(log, lines)) or "  (nothing)"


def last_lines(log: Path, lines: int) -> list[str]:
    """The last lines of a log, of which only the end is read; none if it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LONGEST_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace").strip()
    except OSError:
        return []
    return text.splitlines()[-lines:] if lines else []
