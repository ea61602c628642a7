"""Exit codes of the commands, and what they say to people and ask them."""

import os
import sys
from typing import Final, TextIO

OK: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
"""The exit code after Ctrl-C: 128 + SIGINT, as in shells."""


def say(sentence: str) -> None:
    """Print one sentence for people on stderr."""
    print(f"tillstream: {sentence}", file=sys.stderr)


def show(text: str, *, as_json: bool) -> None:
    """Print sentences for people: on stderr where a program reads JSON from standard output."""
    print(text, file=sys.stderr if as_json else sys.stdout)


def confirmed(question: str) -> bool:
    """Ask on stderr; whether the person at the terminal says yes. False without a terminal."""
    if not sys.stdin.isatty():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def unconfirmed(what: str) -> str:
    """The sentence about a question that was not answered by yes; without a terminal it names the option that does."""
    return what if sys.stdin.isatty() else f"{what}: say --yes"


def can_draw(out: TextIO) -> bool:
    """Whether the output is a terminal on which lines can be drawn anew."""
    return out.isatty() and os.environ.get("TERM") not in (None, "", "dumb", "unknown")
