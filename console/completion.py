"""Completion scripts for bash and zsh: every command, its options, words and files. Completing starts no Python."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Final

import shtab

FILES: Final = ("PATH", "FILE", "FOLDER", "MAP")
"""Ends of the names of arguments that are paths of files."""


def script(shell: str, commands: Mapping[str, tuple[str, argparse.ArgumentParser]]) -> str:
    """The script for a shell; `commands` holds each command's purpose and its parser."""
    whole = argparse.ArgumentParser("tillstream")
    whole.add_argument("--version", action="store_true", help="print the version")
    of_commands = whole.add_subparsers(parser_class=argparse.ArgumentParser)
    for name, (what, parser) in commands.items():
        for action in actions(parser):
            complete(action)
        of_commands.add_parser(name, help=what, parents=[parser], add_help=False)
    of_commands.add_parser("help", help="everything about one command").add_argument("command", choices=list(commands))
    return str(shtab.complete(whole, shell))


def actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every argument of a parser and of its subcommands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from actions(inner)


def complete(action: argparse.Action) -> None:
    """Tell shtab the completions of an argument: its suggested words, or files."""
    if suggested := getattr(action, "suggested", None):
        action.choices = suggested
    elif isinstance(action.metavar, str) and action.metavar.removesuffix(".toml").endswith(FILES):
        action.complete = shtab.FILE  # type: ignore[attr-defined]  # shtab's way
