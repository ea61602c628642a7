"""Errors of SQL, in Redshift's words if they are known."""

import logging
import re
from typing import Final

import duckdb

from local.redshift_data.sql.duckdb_errors import in_redshifts_words

_log: Final = logging.getLogger(__name__)
FAILS: Final = "redshift:"
"""The beginning of a macro's error in DuckDB's text."""


class SqlError(Exception):
    """A statement that failed; its text is the API's `Error`, without the leading `ERROR: `."""


class NotOnTheLaptop(SqlError):
    """Something that this emulator does not support, though Redshift may; it names the construct."""

    def __init__(self, construct: str) -> None:
        super().__init__(f"the laptop's Redshift does not support {construct} (docs/redshift-local.md)")
        self.construct = construct


class Cancelled(SqlError):
    """The statement was cancelled while it ran."""

    def __init__(self) -> None:
        super().__init__("Query cancelled on user's request")


_PATTERNS: Final[tuple[tuple[str, str], ...]] = (
    (r"Table with name (\S+) does not exist", 'relation "{0}" does not exist'),
    (r"CHECK constraint failed .*strlen\(\W?(\w+)\W?\) <= (\d+)", "Value too long for type character varying({1})"),
    (r"NOT NULL constraint failed: (?:\w+\.)*(\w+)", "Cannot insert a NULL value into column {0}"),
    (
        r"Invalid Input Error: ((?:missing|unexpected|invalid|bad|no argument for|trailing) [^\n]*)",
        "Invalid regular expression: {0}",
    ),
    (r"MERGE INTO command cannot affect", "Found multiple matches to update the same tuple."),
    (r"[Oo]verflow in|out of range|Could not cast value .* to DECIMAL", "Numeric data overflow (result precision)"),
    (
        r"TransactionContext Error.*[Cc]onflict|write-write conflict|Conflict on",
        "1023\n  Detail: Serializable isolation violation on a table, transactions forming the cycle are not known",
    ),
    (
        r"GROUP BY clause.*|must appear in the GROUP BY",
        "column must appear in the GROUP BY clause or be used in an aggregate function",
    ),
    (r"not utf-8 encoded|Invalid unicode", "String contains invalid or unsupported UTF8 codepoints"),
    (r"More than one row returned by a subquery", "single-row subquery returns more than one row"),
)


_NO_NUMBER: Final = re.compile(
    r"Could not (?:convert|cast) (?:string|value) [\"'](.*)[\"'] to ((?:U?INT|DECIMAL|DOUBLE|FLOAT)\d*)", re.DOTALL
)


def of_duckdb(error: duckdb.Error) -> SqlError:
    """Redshift's error for DuckDB's `error`."""
    text = str(error)
    if isinstance(error, duckdb.InterruptException):
        return Cancelled()
    if FAILS in text and "CHECK constraint" not in text:
        raised = text.partition(FAILS)[2]
        return _invalid_digit(raised[14:], "INT32") if raised.startswith("invalid digit:") else SqlError(raised.strip())
    number = _NO_NUMBER.search(text)
    if number:
        return _invalid_digit(number[1], number[2])
    said = in_redshifts_words(text)
    if said is not None:
        return SqlError(said)
    for pattern, words in _PATTERNS:
        found = re.search(pattern, text, re.DOTALL)
        if found:
            return SqlError(words.format(*found.groups()))
    _log.warning("no words of Redshift's are known for: %s", text)
    return NotOnTheLaptop("this statement, in a way that has no name yet: the log of the laptop's Redshift says why")


_KINDS: Final = {"INT16": "Short", "INT32": "Integer", "INT64": "Long", "INT128": "Integer", "DECIMAL": "Decimal"}


def _invalid_digit(value: str, kind: str) -> SqlError:
    """Redshift's error, which names the first character that is not a digit, and the whole value as context.

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
