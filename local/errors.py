"""What can go wrong on the laptop.

LocalError
├── PartFailed        a program of the platform ended, or never served
├── StartFailed       the platform could not be made ready
├── MachineNotReady   Java, Maven or another need is missing
├── SynthesisFailed   the CDK app gave no templates
├── NotPossible       the command does not fit the present state (exit 2)
└── Interrupted       somebody asked to stop
"""

from pathlib import Path
from typing import Final

TAIL_LINES: Final = 15


class LocalError(Exception):
    """An error of the laptop runtime; its text is one clear sentence for the person at the terminal."""


class PartFailed(LocalError):
    """A program of the platform ended, or never served; carries the end of its log."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        """`what` completes the sentence that begins with the part's name."""
        super().__init__(f"{name} {what}; its log is {log}, which ends with:\n{tail(log)}")
        self.name = name


class StartFailed(LocalError):
    """The platform could not be made ready."""


class MachineNotReady(LocalError):
    """This machine lacks something that the platform needs."""


class SynthesisFailed(LocalError):
    """The CDK app gave no templates."""


class NotPossible(LocalError):
    """The command does not fit the state that the platform is in."""


class Interrupted(LocalError):
    """Somebody asked to stop."""


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, indented; a stand-in where there are none."""
    try:
        text = log.read_text("utf-8", "replace").strip()
    except OSError:
        text = ""
    return "\n".join("  " + line for line in text.splitlines()[-lines:]) or "  (nothing)"
