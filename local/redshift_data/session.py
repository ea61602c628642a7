"""A database session: runs statements one after another in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from sqlglot import exp

from local.redshift_data import copying, results, translation, words
from local.redshift_data.catalog import Catalog
from local.redshift_data.copy_options import copy_options
from local.redshift_data.definitions import Column, TableDefinition, create_table, qualified, table_definition
from local.redshift_data.objects import Bucket
from local.redshift_data.tokens import Tokens
from local.redshift_data.types import Type, of_duckdb
from local.redshift_data.words import NotOnTheLaptop, SqlError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement gave: a result (`columns` and `pages` of rows) or the number of rows that it changed."""

    count: int = -1
    columns: tuple[dict[str, Any], ...] | None = None
    pages: tuple[tuple[int, bytes], ...] = ()


class Session:
    """One connection to the database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, bucket: Bucket) -> None:
        """`connection` is this session's own."""
        self._connection = connection
        self._bucket = bucket
        self._catalog = Catalog(connection)
        connection.execute("SET schema = 'public'")

    def begin(self) -> None:
        """Begin the transaction."""
        self._connection.execute("BEGIN TRANSACTION")

    def commit(self) -> None:
        """Commit it."""
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Take back all of it."""
        try:
            self._connection.execute("ROLLBACK")
        except duckdb.Error:
            return  # DuckDB has done so already

    def run(self, sql: str, parameters: Mapping[str, str]) -> Outcome:
        """Run one statement; raises `SqlError`."""
        try:
            return self._run(sql, parameters)
        except duckdb.Error as error:
            raise words.of_duckdb(error) from error

    def _run(self, sql: str, parameters: Mapping[str, str]) -> Outcome:
        tokens = Tokens(sql)
        if tokens.take("copy"):
            return self._copy(sql)
        if tokens.take("lock"):
            return Outcome()
        if tokens.take("create"):
            tokens.take("local")
            tokens.take("temp", "temporary")
            if tokens.take("table"):
                return self._create_table(table_definition(sql))
        return self._query(translation.parsed(sql, parameters))

    def _copy(self, sql: str) -> Outcome:
        copy = copy_options(sql)
        columns = self._catalog.columns(copy.schema, copy.table)
        if columns is None:
            raise SqlError(f"Cannot COPY into nonexistent table {copy.table}")
        return Outcome(
            copying.load(self._connection, copy, columns, self._target(copy.schema, copy.table), self._bucket)
        )

    def _target(self, schema: str | None, table: str) -> str:
        if self._catalog.is_temporary(schema, table):
            return f'temp.main."{table}"'
        return f'"{schema or "public"}"."{table}"'

    def _create_table(self, definition: TableDefinition) -> Outcome:
        if self._catalog.columns(definition.schema, definition.name) is not None and not (
            definition.temporary and not self._catalog.is_temporary(None, definition.name)
        ):
            if definition.if_not_exists:
                return Outcome()
            raise SqlError(f'Relation "{definition.name}" already exists')
        if definition.query is not None:
            raise NotOnTheLaptop("CREATE TABLE AS")
        columns = [*definition.columns, *(column for like in definition.likes for column in self._like(like))]
        self._connection.execute(create_table(definition, columns, {}))
        self._catalog.add(definition.schema, definition.name, columns, temporary=definition.temporary)
        return Outcome()

    def _like(self, like: Any) -> Sequence[Column]:
        columns = self._catalog.columns(*like.table)
        if columns is None:
            raise SqlError(f'relation "{like.table[1]}" does not exist')
        return columns if like.including_defaults else [replace(it, default=None, identity=None) for it in columns]

    def _query(self, tree: exp.Expression) -> Outcome:
        relation = self._connection.execute(translation.to_duckdb(tree))
        if not isinstance(tree, exp.Query):
            rows = relation.fetchall()
            return Outcome(int(rows[0][0]) if rows and isinstance(rows[0][0], int) else -1)
        kinds: list[Type] = [of_duckdb(str(column[1])) for column in relation.description]
        columns = tuple(
            results.column_metadata(it[0], kind) for it, kind in zip(relation.description, kinds, strict=True)
        )
        pages = tuple(results.pages(iter(lambda: relation.fetchone(), None), kinds))
        return Outcome(sum(count for count, _ in pages), columns, pages)
