"""What can go wrong on the laptop.

LocalError
├── PartFailed        a program of the platform ended, or never served
├── PartSilent        a program of the platform runs, but does not answer
├── StartFailed       the platform could not be made ready
├── JobFailed         a job ended badly, was stopped, or took too long
├── MachineNotReady   Java, Maven or another need is missing
├── SynthesisFailed   the CDK app gave no templates
├── TemplateError     the templates cannot be run here
│   ├── BrokenAssembly        the folder holds no whole synthesized app
│   ├── UnresolvedReference   a reference has no answer on a laptop
│   ├── UnsupportedProperty   a resource is asked for what its part cannot do
│   └── UnsupportedResource   a type of resource has no part
├── NotPossible       the command does not fit the present state (exit 2)
└── Interrupted       somebody asked to stop
"""

from pathlib import Path
from typing import Final

from commerce.errors import TillstreamError

TAIL_LINES: Final = 15


class LocalError(TillstreamError):
    """An error of the laptop runtime; its text is one clear sentence for the person at the terminal."""


class PartFailed(LocalError):
    """A program of the platform ended, or never served; carries the end of its log."""

    def __init__(self, name: str, what: str, log: Path) -> None:
        """`what` completes the sentence that begins with the part's name."""
        super().__init__(f"{name} {what}; its log is {log}, which ends with:\n{tail(log)}")
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


class Interrupted(LocalError):
    """Somebody asked to stop."""


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, indented; a stand-in where there are none."""
    try:
        text = log.read_text("utf-8", "replace").strip()
    except OSError:
        text = ""
    return "\n".join("  " + line for line in text.splitlines()[-lines:]) or "  (nothing)"
