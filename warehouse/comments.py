"""Descriptions of a view's rows and columns, parsed from the comment at the top of its file.

    -- A row is an invoice. …
    --
    -- Columns:
    --   invoiceno: the invoice's number with its letter
    --   …
    CREATE OR REPLACE VIEW invoices AS

The comment is the one place where a view's meaning is written; the data dictionary and Tableau's captions take it from
here.
"""

from dataclasses import dataclass
from importlib.resources import files
from itertools import takewhile
from typing import Final

from commerce.errors import TillstreamError

_COLUMNS: Final = "Columns:"


class Uncommented(TillstreamError):
    """A view's file does not describe its rows or columns; names the file and the line."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A view's description: paragraphs about its rows, and each column's meaning by name, in the file's order."""

    rows: str
    meanings: dict[str, str]


def comments() -> dict[str, Comment]:
    """The comment of every view, by the view's name; raises `Uncommented`."""
    found = sorted(files("warehouse").joinpath("views").iterdir(), key=lambda file: file.name)
    return {
        file.name.removesuffix(".sql"): comment(file.name, file.read_text("utf-8"))
        for file in found
        if file.name.endswith(".sql")
    }


def comment(file: str, sql: str) -> Comment:
    """The comment at the top of this SQL; `file` is named in the error for a wrong one.

    >>> comment("days.sql", "-- A row is a day.\\n--\\n-- Columns:\\n--   day: local day\\nCREATE OR REPLACE VIEW days")
    Comment(rows='A row is a day.', meanings={'day': 'local day'})
    """
    text = [line.removeprefix("--").removeprefix(" ") for line in takewhile(_is_comment, sql.splitlines())]
    if _COLUMNS not in text or not text[0].startswith("A row is "):
        raise Uncommented(f'{file}: must begin with "-- A row is …" and go on to a line "-- {_COLUMNS}"')
    at = text.index(_COLUMNS)
    return Comment("\n".join(text[:at]).strip(), dict(_meaning(file, line) for line in text[at + 1 :]))


def _is_comment(line: str) -> bool:
    return line.startswith("--")


def _meaning(file: str, line: str) -> tuple[str, str]:
    name, found, meaning = line.strip().partition(": ")
    if not found or not meaning or " " in name:
        raise Uncommented(f'{file}: "{line.strip()}" is not a line "--   column: meaning"')
    return name, meaning
