"""Arguments of the commands: a parser that suggests the right word for a wrong one, and readers of option values.

A value that cannot be says what can: every function here that reads one raises `argparse.ArgumentTypeError` naming what
is right, and argparse adds the option's name.
"""

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from math import isfinite
from typing import Any, Final, NoReturn

from console.exits import WRONG_USE

_LOOK: Final[list[str]] = []
"""The argument list, recognized by identity, at which a parser raises `Described`: see `parser_of`."""


class Described(Exception):
    """Raised by a parser in place of parsing, where `parser_of` asks a command for its parser."""

    def __init__(self, parser: "Parser") -> None:
        super().__init__(parser.prog)
        self.parser = parser


class Paragraphs(argparse.HelpFormatter):
    """Wraps each paragraph of a description to the terminal's width; keeps indented ones, the examples, as they are.

    >>> text = "    an example\\n\\nA sentence\\nof more than a line."
    >>> print(Paragraphs("tillstream")._fill_text(text, 22, ""))
        an example
    <BLANKLINE>
    A sentence of more
    than a line.
    """

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(
            paragraph if paragraph.startswith(" ") else super(Paragraphs, self)._fill_text(paragraph, width, indent)
            for paragraph in text.rstrip("\n").split("\n\n")
        )


class Parser(argparse.ArgumentParser):
    """A command's parser. Options cannot be shortened, and for an unknown word the nearest known one is suggested."""

    def __init__(self, prog: str, **options: Any) -> None:
        """Create the parser; `options` go to argparse."""
        super().__init__(prog, **{"allow_abbrev": False, "formatter_class": Paragraphs, **options})

    def parse_args(  # type: ignore[override]  # overloads for a namespace of one's own
        self, args: Sequence[str] | None = None, namespace: None = None
    ) -> argparse.Namespace:
        """The parsed arguments; raises `Described` if `parser_of` asks."""
        if args is _LOOK:
            raise Described(self)
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Exit with 2 and one sentence: the error, a suggestion, and the command that lists everything."""
        self.exit(WRONG_USE, f"{self.prog}: {message}{self._meant(message) or f'; `{self.prog} --help` says more'}\n")

    def _meant(self, message: str) -> str:
        if unknown := re.fullmatch(r"unrecognized arguments: (?:.* )?(-[^ =]+).*", message):
            return did_you_mean(unknown[1], options_of(self))
        if choice := re.search(r"invalid choice: '([^']*)'", message):
            return did_you_mean(choice[1], (word for action in self._actions for word in action.choices or ()))
        return ""


def parser_of(command: Callable[[list[str]], int]) -> Parser:
    """The parser that a command creates; the command ends before it does anything else."""
    try:
        command(_LOOK)
    except Described as described:
        return described.parser
    raise TypeError(f"{command} reads its arguments by no Parser")


def options_of(parser: argparse.ArgumentParser) -> list[str]:
    """Every option of a parser and of its subcommands."""
    found = list(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found += [option for inner in action.choices.values() for option in options_of(inner)]
    return found


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that suggests the known word nearest to this one; empty if none is near.

    >>> did_you_mean("replya", ["reset", "replay"])
    '; did you mean replay?'
    >>> did_you_mean("--bogus", ["--rows"])
    ''
    """
    from difflib import get_close_matches  # only a word that is wrong needs it

    by_letters = {name.lower().lstrip("-"): name for name in known}  # dashes make no two options alike
    near = get_close_matches(word.lower().lstrip("-"), by_letters, n=1)
    return f"; did you mean {by_letters[near[0]]}?" if near else ""


def suggest(action: argparse.Action, *words: str) -> None:
    """Let completion offer these words for an argument that also accepts others."""
    action.suggested = words  # type: ignore[attr-defined]  # read by console.completion


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A reader of whole numbers within these bounds.

    >>> whole(1, 9)("3")
    3
    """
    bounds = f"a whole number from {least}" + (f" to {most}" if most is not None else "")

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"must be {bounds}, not {text!r}")
        return value

    return number


port: Final = whole(1024, 65_535)
"""A reader of port numbers that an unprivileged program may listen on."""


def seconds(text: str) -> float:
    """A number of seconds from 0.

    >>> seconds("0.5")
    0.5
    """
    value = _number(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds from 0, such as 90 or 0.5, not {text!r}")
    return value


def above_zero(text: str) -> float:
    """A number above zero.

    >>> above_zero("0.5")
    0.5
    """
    value = _number(text)
    if not (isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value


def day(text: str) -> date:
    """A day: YYYY-MM-DD, or `today`.

    >>> day("2010-12-01")
    datetime.date(2010, 12, 1)
    """
    try:
        return date.today() if text == "today" else date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a day as YYYY-MM-DD, or today, not {text!r}") from None


def of_a_line(name: str) -> Callable[[str], Any]:
    """A reader of one field of the order line; `name` is a function of `commerce.lines`."""

    def value(text: str) -> Any:
        from commerce import lines  # --help needs no rules
        from commerce.errors import InvalidRow

        try:
            return getattr(lines, name)(text)
        except InvalidRow as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
