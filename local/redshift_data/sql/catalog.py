"""Redshift's knowledge of tables and views that DuckDB does not keep: declared types, and the queries of views."""

import re
from collections.abc import Iterator
from typing import Final

import duckdb
import msgspec

from local.redshift_data.sql import functions, macros
from local.redshift_data.sql.definitions import Column
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError

OWN_SCHEMA: Final = macros.SCHEMA
"""The schema of the emulator's own tables; no statement of a user may name it."""

TEMPORARY: Final = "pg_temp"

_SYSTEM: Final = re.compile(r"(pg|stl|stv|svcs|svl|svv|sys)_")
"""Prefixes of AWS's system tables and views (docs: System tables and views reference)."""


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A table, or a view, whose `query` is Redshift's SQL; `uses` are the relations that a view reads."""

    name: str
    columns: tuple[Column, ...]
    temporary: bool = False
    query: str | None = None
    uses: tuple[str, ...] = ()

    @property
    def is_view(self) -> bool:
        """Whether it is a view."""
        return self.query is not None

    @property
    def duckdb(self) -> str:
        """Its full name in DuckDB."""
        return f'{"temp.main" if self.temporary else "public"}."{self.name}"'

    @property
    def key(self) -> str:
        """The relation's unique key for locks."""
        return f"{TEMPORARY if self.temporary else 'public'}.{self.name}"

    def column(self, name: str) -> Column:
        """The column of this name; raises `SqlError`."""
        for column in self.columns:
            if column.name == name.lower():
                return column
        raise SqlError(f'column "{name.lower()}" of relation "{self.name}" does not exist')


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create schemas, macros and the catalog's table, unless they exist."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS public")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {OWN_SCHEMA}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {OWN_SCHEMA}.relations (name VARCHAR, body VARCHAR)")
    for definition in macros.definitions():
        connection.execute(definition)
    functions.define(connection)


class Catalog:
    """The relations that one session sees: the database's, inside its transaction, and its own temporary tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """`connection` is the session's."""
        self._connection = connection
        self._temporary: dict[str, Relation] = {}

    def find(self, schema: str | None, name: str) -> Relation | None:
        """The relation of this name, a temporary table first; None if there is none."""
        if schema in (None, "", TEMPORARY) and name in self._temporary:
            return self._temporary[name]
        rows = self._connection.execute(f"SELECT body FROM {OWN_SCHEMA}.relations WHERE name = ?", [name]).fetchall()
        return _relation(rows[0][0]) if rows and schema != TEMPORARY else None

    def get(self, schema: str | None, name: str) -> Relation:
        """The relation of this name; raises `SqlError` in Redshift's words."""
        relation = self.find(schema, name)
        if relation is None and _SYSTEM.match(name):
            raise NotOnTheLaptop(f"the system table or view {name}: those of STL_, SVV_, SYS_, PG_ are on AWS alone")
        if relation is None:
            raise SqlError(f'relation "{name}" does not exist')
        return relation

    def table(self, schema: str | None, name: str) -> Relation:
        """The table of this name; raises `SqlError`, for a view too."""
        relation = self.get(schema, name)
        if relation.is_view:
            raise SqlError(f'"{name}" is a view')
        return relation

    def all(self) -> Iterator[Relation]:
        """The database's relations by name."""
        rows = self._connection.execute(f"SELECT body FROM {OWN_SCHEMA}.relations ORDER BY name").fetchall()
        return (_relation(body) for (body,) in rows)

    def users_of(self, relation: Relation) -> list[Relation]:
        """The views that read the relation."""
        return [] if relation.temporary else [it for it in self.all() if relation.name in it.uses]

    def tables_behind(self, relation: Relation) -> set[str]:
        """The keys of the tables that reading the relation reads."""
        if not relation.is_view:
            return {relation.key}
        return {relation.key}.union(*(self.tables_behind(self.get("public", name)) for name in relation.uses))

    def put(self, relation: Relation) -> None:
        """Record a relation, or its new form."""
        if relation.temporary:
            self._temporary[relation.name] = relation
            return
        self.remove(relation)
        body = msgspec.json.encode(relation).decode()
        self._connection.execute(f"INSERT INTO {OWN_SCHEMA}.relations VALUES (?, ?)", [relation.name, body])

    def remove(self, relation: Relation) -> None:
        """Remove the relation from the catalog."""
        if relation.temporary:
            self._temporary.pop(relation.name, None)
        else:
            self._connection.execute(f"DELETE FROM {OWN_SCHEMA}.relations WHERE name = ?", [relation.name])


_decode: Final = msgspec.json.Decoder(Relation).decode


def _relation(body: str) -> Relation:
    return _decode(body)


def schema_of(relations: Iterator[Relation]) -> dict[str, dict[str, dict[str, str]]]:
    """The relations in the form of sqlglot's optimizer: schema, relation, column, type."""
    schema: dict[str, dict[str, dict[str, str]]] = {"public": {}, TEMPORARY: {}}
    for relation in relations:
        columns = {column.name: _spelling(column.type) for column in relation.columns}
        schema[TEMPORARY if relation.temporary else "public"][relation.name] = columns
    return {name: found for name, found in schema.items() if found}


def _spelling(kind: Type) -> str:
    return kind.sql
