"""What Redshift knows of tables that DuckDB does not keep: the types as they were declared."""

from collections.abc import Iterable, Sequence
from typing import Final

import duckdb

from local.redshift_data.definitions import Column
from local.redshift_data.types import Type

OWN_SCHEMA: Final = "redshift_local"
"""Where the emulator keeps its own tables; no statement of a user may name it."""

TEMPORARY: Final = "pg_temp"

_TABLES: Final = f"""
CREATE SCHEMA IF NOT EXISTS public;
CREATE SCHEMA IF NOT EXISTS {OWN_SCHEMA};
CREATE TABLE IF NOT EXISTS {OWN_SCHEMA}.columns (
    schema_name VARCHAR, table_name VARCHAR, position INTEGER, name VARCHAR, type VARCHAR, size INTEGER, scale INTEGER,
    not_null BOOLEAN, default_sql VARCHAR, seed BIGINT, step BIGINT, by_default BOOLEAN
);
"""


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schemas and the catalog's table, if they are not there yet."""
    connection.execute(_TABLES)


class Catalog:
    """The tables that one session sees: those of the database, inside its transaction, and its own temporary ones."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """`connection` is the session's."""
        self._connection = connection
        self._temporary: dict[str, tuple[Column, ...]] = {}

    def columns(self, schema: str | None, table: str) -> tuple[Column, ...] | None:
        """The table's columns in order; None where there is no such table."""
        if schema in (None, TEMPORARY) and table in self._temporary:
            return self._temporary[table]
        rows = self._connection.execute(
            f"SELECT name, type, size, scale, not_null, default_sql, seed, step, by_default FROM {OWN_SCHEMA}.columns "
            "WHERE schema_name = ? AND table_name = ? ORDER BY position",
            [schema or "public", table],
        ).fetchall()
        return tuple(_column(*row) for row in rows) or None

    def is_temporary(self, schema: str | None, table: str) -> bool:
        """Whether this name means a temporary table of this session."""
        return schema in (None, TEMPORARY) and table in self._temporary

    def add(self, schema: str | None, table: str, columns: Sequence[Column], *, temporary: bool) -> None:
        """Remember a new table."""
        if temporary:
            self._temporary[table] = tuple(columns)
            return
        rows = [_row(schema or "public", table, place, column) for place, column in enumerate(columns)]
        self._connection.executemany(
            f"INSERT INTO {OWN_SCHEMA}.columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        )

    def remove(self, schema: str | None, table: str) -> None:
        """Forget a table."""
        if self.is_temporary(schema, table):
            del self._temporary[table]
            return
        self._connection.execute(
            f"DELETE FROM {OWN_SCHEMA}.columns WHERE schema_name = ? AND table_name = ?", [schema or "public", table]
        )


def _row(schema: str, table: str, place: int, column: Column) -> Iterable[object]:
    seed, step = column.identity or (None, None)
    kind = column.type
    return (
        schema, table, place, column.name, kind.name, kind.size, kind.scale, column.not_null, column.default, seed, step,
        column.generated_by_default,
    )  # fmt: skip


def _column(
    name: str, kind: str, size: int, scale: int, not_null: bool, default: str | None,
    seed: int | None, step: int | None, by_default: bool,
) -> Column:  # fmt: skip
    identity = None if seed is None or step is None else (seed, step)
    return Column(name, Type(kind, size, scale), not_null, default, identity, by_default)
