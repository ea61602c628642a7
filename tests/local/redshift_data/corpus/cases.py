"""The form of a case: a statement, and Redshift's result by AWS's documentation."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """One statement of the corpus.

    `page` is the title of the page of AWS's documentation that says it. Exactly one of `rows` and `error` is given:
    `rows` are the whole result, as the Data API gives it (numerics, dates and times are text), `error` is how the
    error begins, without `ERROR: `. `types` and `names` are those of the result's columns, where the page says them.
    """

    page: str
    sql: str
    rows: tuple[tuple[Any, ...], ...] | None = None
    error: str | None = None
    types: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def gives(page: str, sql: str, value: Any, *, type: str | None = None, name: str | None = None) -> Case:
    """A query of one row and one column."""
    return Case(
        page, sql, rows=((value,),), types=() if type is None else (type,), names=() if name is None else (name,)
    )


def gives_rows(
    page: str, sql: str, *rows: tuple[Any, ...], types: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> Case:
    """A query of any number of rows."""
    return Case(page, sql, rows=rows, types=types, names=names)


def fails(page: str, sql: str, error: str) -> Case:
    """A statement that Redshift refuses, too; `error` is the beginning of its message."""
    return Case(page, sql, error=error)


def refused(page: str, sql: str, construct: str) -> Case:
    """A statement that works on Redshift, and that the laptop refuses by the name of `construct`."""
    return Case(page, sql, error=f"the laptop's Redshift does not support {construct}")
