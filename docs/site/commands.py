"""The page of the commands, from their own parsers: every command, argument and option, as `--help` has them."""

import argparse
import re
import textwrap
from collections.abc import Iterator
from importlib import import_module
from typing import Final

import tillstream
from console.arguments import parser_of
from docs.site.markdown import code, name, plain, table

_HEAD: Final = """\
# Commands

`tillstream help COMMAND` prints the same on a terminal. An exit code of 0 means done, 1 failed, 2 wrong use and 130
stopped by Ctrl-C, where a command does not say otherwise.

"""
_EXAMPLE: Final = re.compile(r"\s*Example: (.*)$", re.DOTALL)
_WIDTH: Final = 100
_ELSEWHERE: Final = (argparse._SubParsersAction, argparse._HelpAction)
"""Actions without a row: subcommands have sections of their own, and every command has `--help`."""


def page() -> str:
    """The page, in the order of `tillstream --help`."""
    return _HEAD + "".join(
        f"## tillstream {command}\n\n{''.join(described(parser_of(getattr(import_module(module), command)), 3))}"
        for command, (module, _) in tillstream.COMMANDS.items()
    )


def described(parser: argparse.ArgumentParser, level: int) -> Iterator[str]:
    """A command's usage, description, arguments and options; then its subcommands, under headings of this level."""
    formatter = argparse.HelpFormatter(parser.prog, width=_WIDTH)
    formatter.add_usage(parser.usage, parser._actions, parser._mutually_exclusive_groups, "")
    yield code(formatter.format_help())
    for paragraph in (parser.description or "").strip("\n").split("\n\n"):
        yield from shown(paragraph)
    for group in parser._action_groups:
        rows = (
            [name(invocation(it)), meaning(it, parser)] for it in group._group_actions if not isinstance(it, _ELSEWHERE)
        )
        yield table([plain(group.title or ""), "meaning"], rows)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield f"{'#' * level} {inner.prog}\n\n"
                yield from described(inner, level + 1)


def shown(paragraph: str) -> Iterator[str]:
    """A paragraph of a description: an indented one is code, and so is the example that ends another."""
    if paragraph.startswith(" "):
        yield code(textwrap.dedent(paragraph))
        return
    example = _EXAMPLE.search(paragraph)
    yield plain(_EXAMPLE.sub("", paragraph)) + "\n\n"
    if example:
        yield code(" ".join(example[1].split()))


def invocation(action: argparse.Action) -> str:
    """An argument or option as it is typed, with the name of its value.

    >>> parser = argparse.ArgumentParser()
    >>> invocation(parser.add_argument("-o", "--out", metavar="FILE"))
    '-o, --out FILE'
    """
    formatter = argparse.HelpFormatter("")
    value = formatter._format_args(action, action.dest.upper())
    return " ".join(part for part in (", ".join(action.option_strings), value) if part)


def meaning(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    """The help of an action as a cell, with its values filled in."""
    return plain(argparse.HelpFormatter(parser.prog)._expand_help(action)) if action.help else ""
