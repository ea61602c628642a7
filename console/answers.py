"""The result of a query, printed for people, for programs and for spreadsheets."""

import argparse
import csv
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TextIO

from console import charts
from console.harmless import as_it_is

if TYPE_CHECKING:
    from rich.console import Console

SHOWN: Final = 200
"""Rows shown on the screen; `--csv` and `--json` give all."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options `--json`, `--csv` and `--chart` to a command's parser; `write` reads them."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="a JSON array of one object a row")
    form.add_argument("--csv", action="store_true", help="CSV with a header")
    form.add_argument("--chart", action="store_true", help="a bar a row: of the last column, named by the first")


def statement(text: str) -> str:
    """The SQL of an argument: `-` reads it from standard input."""
    return sys.stdin.read() if text == "-" else text


def write(columns: Sequence[str], rows: Iterable[Sequence[Any]], options: argparse.Namespace) -> None:
    """Write the result to stdout in the form that the options ask for; a closed pipe ends the output quietly."""
    try:
        if options.json:
            write_json(columns, rows, sys.stdout)
        elif options.csv:
            # a program reads the values as they are
            write_csv(columns, rows, sys.stdout if sys.stdout.isatty() else as_it_is(sys.stdout))
        elif options.chart:
            line = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
            print("\n".join(charts.bars(columns, list(rows), line=line)))
        else:
            show(columns, rows)
        sys.stdout.flush()
    except BrokenPipeError:  # as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(columns: Sequence[str], rows: Iterable[Sequence[Any]], out: "Console | None" = None) -> None:
    """Print a table of the first rows, and say how many more there are."""
    from console.tables import Sheet, console, is_figure

    out, rest = out or console(), iter(rows)
    first = list(islice(rest, SHOWN))
    right = {name for number, name in enumerate(columns) if any(is_figure(row[number]) for row in first)}
    cells = [[_cell(name, value) for name, value in zip(columns, row, strict=True)] for row in first]
    out.print(Sheet(columns, cells, right))
    if more := sum(1 for _ in rest):
        out.print(f"… and {more:,} more rows: --csv or --json gives all")


def write_json(columns: Sequence[str], rows: Iterable[Sequence[Any]], to: TextIO) -> None:
    """Write a JSON array of one object a row, a row a line, with exact numbers."""
    to.write("[")
    for number, row in enumerate(rows):
        pairs = ",".join(f"{json.dumps(name)}:{_json(value)}" for name, value in zip(columns, row, strict=True))
        to.write(("," if number else "") + "\n{" + pairs + "}")
    to.write("\n]\n")


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], to: TextIO) -> None:
    """Write CSV with a header; a missing value is empty."""
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else _plain(value) for value in row] for row in rows)


def _cell(column: str, value: Any) -> Any:
    from rich.text import Text

    from console.tables import figure, is_figure, is_identifier

    if value is None:
        return Text("–", "dim")
    if is_figure(value):
        return Text(str(_plain(value)) if is_identifier(column) else figure(value))
    return Text(str(_plain(value)))


def _plain(value: Any) -> Any:
    """The value as text or number: times in the platform's format, decimals without an exponent."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value


def _json(value: Any) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, float) and value - value != 0:  # JSON has no infinity
        return "null"
    return json.dumps(value, ensure_ascii=False, default=_as_text)


def _as_text(value: Any) -> str:
    return str(_plain(value))
