"""The answer of a store to a query: for people, for programs and for spreadsheets."""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

SHOWN: Final = 200
"""Rows on the screen; `--csv` and `--json` give all."""

_PLAIN_WIDTH: Final = 200


def add_options(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """The options `--json` and `--csv`, added to a command's; `write` reads them. What is returned takes others."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="a JSON array of one object a row")
    form.add_argument("--csv", action="store_true", help="CSV with a header")
    return form


def write(columns: Sequence[str], rows: Iterable[Sequence[Any]], options: argparse.Namespace) -> None:
    """Write the answer to stdout in the form that the options ask for; a reader that has seen enough ends it."""
    try:
        if options.json:
            write_json(columns, rows, sys.stdout)
        elif options.csv:
            write_csv(columns, rows, sys.stdout)
        else:
            show(columns, rows)
        sys.stdout.flush()
    except BrokenPipeError:  # as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table of the first rows, and say how many more there are."""
    out = Console(highlight=False)
    if not out.is_terminal:
        out.width = _PLAIN_WIDTH
    rest = iter(rows)
    first = list(islice(rest, SHOWN))
    table = Table(box=box.SIMPLE_HEAD if out.is_terminal else None)
    for number, name in enumerate(columns):
        numbers = any(isinstance(row[number], int | float | Decimal) for row in first)
        table.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in first:
        # Text: a description may hold square brackets, which are no markup of ours
        table.add_row(*map(_cell, row))
    out.print(table)
    if more := sum(1 for _ in rest):
        out.print(f"… and {more:,} more rows: --csv or --json gives all")


def write_json(columns: Sequence[str], rows: Iterable[Sequence[Any]], to: TextIO) -> None:
    """Write a JSON array of one object a row, a row a line; numbers exact as the table has them."""
    to.write("[")
    for number, row in enumerate(rows):
        pairs = ",".join(f"{json.dumps(name)}:{_json(value)}" for name, value in zip(columns, row, strict=True))
        to.write(("," if number else "") + "\n{" + pairs + "}")
    to.write("\n]\n")


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], to: TextIO) -> None:
    """Write CSV with a header; what is missing is empty."""
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else _plain(value) for value in row] for row in rows)


def _cell(value: Any) -> Text:
    if value is None:
        return Text("–", "dim")
    if isinstance(value, int) and not isinstance(value, bool):
        return Text(f"{value:,}")
    return Text(str(_plain(value)))


def _plain(value: Any) -> Any:
    """Times as the platform writes them, and decimals without an exponent."""
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
