"""Errors of SQL, in Redshift's words where they are known."""

import re
from typing import Final

import duckdb


class SqlError(Exception):
    """A statement that failed; its text is what the API gives as `Error`, without the leading `ERROR: `."""


class NotOnTheLaptop(SqlError):
    """Something that Redshift may know, but this emulator not; it names the construct."""

    def __init__(self, construct: str) -> None:
        super().__init__(f"the laptop's Redshift does not support {construct} (docs/redshift-local.md)")
        self.construct = construct


class Cancelled(SqlError):
    """The statement was cancelled while it ran."""

    def __init__(self) -> None:
        super().__init__("Query cancelled on user's request")


_PATTERNS: Final[tuple[tuple[str, str], ...]] = (
    (r"Table with name (\S+) does not exist", 'relation "{0}" does not exist'),
    (r'Referenced column "([^"]+)" not found', 'column "{0}" does not exist'),
    (r'Table "([^"]+)" does not have a column named "([^"]+)"', 'column "{1}" of relation "{0}" does not exist'),
    (r'(?:Table|View) with name "?([^"\s]+?)"? already exists', 'Relation "{0}" already exists'),
    (r"NOT NULL constraint failed: (?:\w+\.)?(\w+)", "Cannot insert a NULL value into column {0}"),
    (
        r"Overflow in .* of INT\d+|out of range for the destination type|Could not cast value .* to DECIMAL",
        "Numeric data overflow (result precision)",
    ),
)


def of_duckdb(error: duckdb.Error) -> SqlError:
    """What Redshift would say where DuckDB says `error`."""
    text = str(error)
    if isinstance(error, duckdb.InterruptException):
        return Cancelled()
    if "redshift:" in text:
        return SqlError(text.partition("redshift:")[2].strip())
    for pattern, words in _PATTERNS:
        found = re.search(pattern, text)
        if found:
            return SqlError(words.format(*found.groups()))
    number = re.search(r"Could not convert string '(.*)' to (INT\d+|DECIMAL|DOUBLE|FLOAT)", text, re.DOTALL)
    if number:
        return _invalid_digit(number[1], number[2])
    return SqlError(text.split("\n\nLINE ")[0])


_KINDS: Final = {"INT16": "Short", "INT32": "Integer", "INT64": "Long", "DECIMAL": "Decimal"}


def _invalid_digit(value: str, kind: str) -> SqlError:
    """Redshift names the first character that is no digit, and the whole value as context.

    >>> str(_invalid_digit("12x", "INT32")).splitlines()[0]
    "Invalid digit, Value 'x', Pos 2, Type: Integer"
    """
    position = next(
        (place for place, sign in enumerate(value) if not (sign.isdigit() or (place == 0 and sign in "+-"))), 0
    )
    first = (
        f"Invalid digit, Value '{value[position : position + 1]}', Pos {position}, Type: {_KINDS.get(kind, 'Double')}"
    )
    detail = (f"error:  {first}", "code:      1207", f"context:   {value}")
    return SqlError(
        "\n".join((first, "  Detail: ", "  " + "-" * 47, *("  " + line for line in detail), "  " + "-" * 47))
    )
