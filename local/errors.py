"""What can go wrong on the laptop.

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
│   └── UnsupportedResource   a type of resource has no part
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
"""A Java part writes long traces below the line that tells why."""
LONGEST_TAIL_BYTES: Final = 1024 * 1024
FULL_MB: Final = 1

DISK_FULL: Final = "the disk is full: free some space (`df -h` tells where), and run it again"

TELLING: Final = (
    (r"No space left on device|Disk quota exceeded|database or disk is full", DISK_FULL),
    (
        r"insufficient memory|Could not reserve enough|[Ff]ailed to (allocate|reserve|map)|Could not allocate"
        r"|Cannot allocate memory|Not enough space|MemoryError|OutOfMemoryError|unable to create native thread",
        "memory is short: end other programs or raise the limit (`free -m` and `ulimit -a` tell), and run it again",
    ),
    (
        r"UnsupportedClassVersionError",
        "this Java is too old: put Java 17 or newer first on the PATH (`tillstream doctor` tells)",
    ),
    (r"Address already in use", "another program took its port meanwhile: run it again"),
    (r"Permission denied|AccessDeniedException", "it may not read or write there: `tillstream doctor` tells where"),
)
"""What programs say when the machine fails them, and what to do then; the first that fits is told."""


class LocalError(TillstreamError):
    """An error of the laptop runtime; its text is one clear sentence for the person at the terminal."""


class PartFailed(LocalError):
    """A program of the platform ended, or never served; carries the end of its log."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        """`what` completes the sentence that begins with the part's name."""
        end = last_lines(log, TELLING_LINES)
        reason = telling("\n".join(end)) or lack_of_space(log)
        why = f": {reason}" if reason else ""
        super().__init__(f"{name} {what}{why}; its log is {log}, which ends with:\n{tail(log)}")
        self.name = name


class PartSilent(LocalError):
    """A program of the platform runs, but does not answer."""


class StartFailed(LocalError):
    """The platform could not be made ready."""


class JobFailed(LocalError):
    """A job ended badly, was stopped, or took longer than its template allows; carries the end of its log."""


class MachineNotReady(LocalError):
    """This machine lacks something that the platform needs."""


class SynthesisFailed(LocalError):
    """The CDK app gave no templates."""


class HandlerBroken(LocalError):
    """A function's handler does not import; names both, and why."""


class TemplateError(LocalError):
    """The templates ask for what the laptop cannot give; names it."""


class BrokenAssembly(TemplateError):
    """The folder is no whole synthesized app, or holds none of our assets; says which file."""


class UnresolvedReference(TemplateError):
    """A template refers to what the laptop cannot tell; names the reference."""


class UnsupportedProperty(TemplateError):
    """A template asks a resource for something that its part on the laptop cannot do."""


class UnsupportedResource(TemplateError):
    """A template asks for a type of resource that has no part on the laptop."""


class NotPossible(LocalError):
    """The command does not fit the state that the platform is in."""

    exit_code = 2


class Interrupted(LocalError):
    """Somebody asked to stop, by this signal."""

    def __init__(self, number: signal.Signals) -> None:
        """Ctrl-C is told by its name on the keyboard."""
        by = "Ctrl-C" if number is signal.SIGINT else number.name
        super().__init__(f"stopped by {by}; nothing is left running")
        self.number = number
        self.exit_code = INTERRUPTED if number is signal.SIGINT else FAILED


def explained(said: str) -> str:
    """What a program said, below what it means where we know that."""
    reason = telling(said)
    return f"{reason}\n{said}" if reason else said


def telling(said: str) -> str:
    """What to do about the trouble that a program tells of; empty where we do not know it.

    >>> telling("java.io.IOException: No space left on device")
    'the disk is full: free some space (`df -h` tells where), and run it again'
    """
    return next((todo for pattern, todo in TELLING if re.search(pattern, said)), "")


def lack_of_space(log: Path) -> str:
    """`DISK_FULL` where it is, for a program that could not even write that into its log."""
    try:
        return DISK_FULL if shutil.disk_usage(log.parent).free < FULL_MB * 1024 * 1024 else ""
    except OSError:
        return ""


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, indented; a stand-in where there are none."""
    return "\n".join("  " + line for line in last_lines(log, lines)) or "  (nothing)"


def last_lines(log: Path, lines: int) -> list[str]:
    """The last lines of a log, of which no more than its end is read; none where it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LONGEST_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace").strip()
    except OSError:
        return []
    return text.splitlines()[-lines:] if lines else []
