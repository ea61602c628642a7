"""The examples in the commands' own help."""

import re
from importlib import import_module

import tillstream
from console.arguments import parser_of


def session() -> list[str]:
    """The lines of `tillstream --help`, in their order."""
    return re.findall(r"^    (tillstream .*)$", tillstream.HELP, re.MULTILINE)


def examples_of(name: str) -> list[str]:
    """The examples in a command's help; the bare command if it needs no more."""
    text = parser_of(getattr(import_module(tillstream.COMMANDS[name][0]), name)).description or ""
    return re.findall(r"(?:^    |Example: )(.*tillstream .*)$", text, re.MULTILINE) or [f"tillstream {name}"]
