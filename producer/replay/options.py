"""The options of the client's commands, and the checks for contradictions among them."""

import argparse
from pathlib import Path
from typing import Final

from console import files, selections
from console.arguments import Parser, above_zero, seconds, whole
from console.maps import add_map_option
from stores import target

GIVE_UP_SECONDS: Final = 600.0
INVOICES: Final = 120
"""The default number of invoices in a generated day, approximately."""

MOST_ROWS: Final = 5_000
"""The number of rows that the API accepts in one request."""


def command_parser(name: str, what: str, example: str) -> Parser:
    """A parser for a command, whose help begins with a sentence and a runnable example."""
    return Parser(f"tillstream {name}", description=f"{what} Example: {example}")


def replay_options(argv: list[str]) -> argparse.Namespace:
    """The parsed options of `tillstream replay`, with `files` and `forms`; exits with 2 if they contradict each other.

    Raises `InvalidSelection` where a path or a map is none.
    """
    parser = command_parser(
        "replay",
        "Send the order lines of CSV files to the API. Rows sent twice are the same lines, so it may be repeated.",
        "tillstream replay day.csv --since 2010-12-01 --until 2010-12-05 --state replay.json",
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a file, plain, gzip or zip; a folder of them, in order of name; or - for standard input",
    )
    add_map_option(parser)
    parser.add_argument(
        "--check", action="store_true", help="send nothing: show every problem, each column, and what would be sent"
    )
    parser.add_argument(
        "--suggest-map",
        action="store_true",
        help="send nothing: print the column map that the file needs, to be kept as MAP.toml and given by --map",
    )
    selections.add_options(parser)
    _add_sending(parser)
    _add_pace(parser)
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="how far it came: resumes after a stop, or kill -9, at any point"
    )
    parser.add_argument(
        "--rejects", type=Path, metavar="FILE", help="rejected rows as JSON lines: file, line, row, reasons"
    )
    parser.add_argument("--json", action="store_true", help="the summary as one JSON object on standard output")
    target.add_option(parser)
    options = parser.parse_args(argv)
    from console import forms

    options.files = files.files(options.paths, standard_input=True)
    options.forms = forms.forms(options.map, options.files)
    _refuse_contradictions(parser, options)
    return options


def _add_sending(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sending")
    group.add_argument(
        "--batch", type=whole(1, MOST_ROWS), default=500, metavar="N", help="rows a request (default: 500)"
    )
    group.add_argument(
        "--connections", type=whole(1, 256), default=8, metavar="N", help="requests at a time (default: 8)"
    )
    group.add_argument(
        "--give-up-after",
        type=seconds,
        default=GIVE_UP_SECONDS,
        metavar="SECONDS",
        help="stop when rows have not arrived for this long; the rest is unsent (default: 600)",
    )


def _add_pace(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("pace (default: as fast as it goes)")
    group.add_argument("--rate", type=above_zero, metavar="ROWS", help="at most so many rows a second")
    group.add_argument(
        "--speedup",
        type=above_zero,
        metavar="X",
        help="each row at its own InvoiceDate, counted from the first one's, X times as fast as it was",
    )
    group.add_argument(
        "--loop",
        action="store_true",
        help="again and again until Ctrl-C: the same lines each time, so only deliveries grow, and no store's rows",
    )


def _refuse_contradictions(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.suggest_map and len(options.files) > 1:
        parser.error(f"--suggest-map is for one file, not for {len(options.files)}: files of one form need one map")
    streams = [file for file in options.files if files.is_stream(file)]
    if options.loop and options.state:
        parser.error("--loop has no end that --state could lead to: leave one of them out")
    if streams and options.loop:
        parser.error(f"--loop: {streams[0]} can be read once only; name a file")
    if streams and options.state:
        parser.error(f"--state: {streams[0]} cannot be read again from where a replay stopped; name a file")
