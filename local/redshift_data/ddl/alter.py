"""ALTER TABLE."""

from dataclasses import replace

import duckdb
import msgspec

from local.redshift_data.ddl.making import Definition, make
from local.redshift_data.sql import translation
from local.redshift_data.sql.catalog import Catalog, Relation
from local.redshift_data.sql.definitions import table_definition
from local.redshift_data.sql.tokens import Tokens
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError


class Alterations:
    """Changes tables, by creating them again."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
        """`connection` and `catalog` are the session's."""
        self._connection = connection
        self._catalog = catalog

    def plan(self, tokens: Tokens) -> Definition:
        """The definition that ALTER asks for; `tokens` follow that word. Raises `SqlError`."""
        if not tokens.take("table"):
            raise NotOnTheLaptop(f"ALTER {tokens.next().upper()}")
        table = self._catalog.table(*tokens.name())
        if tokens.take("add"):
            tokens.take("column")
            after, selected = self._with_column(tokens, table)
        elif tokens.take("drop"):
            tokens.take("column")
            after, selected = self._without_column(tokens, table)
        elif tokens.take("rename"):
            return self._rename(tokens, table)
        elif tokens.take("alter"):
            after, selected = self._widened(tokens, table)
        else:
            raise NotOnTheLaptop(f"ALTER TABLE … {tokens.next().upper()}")
        return Definition(lambda: self._rebuild(table, after, selected), (table.key,))

    def _with_column(self, tokens: Tokens, table: Relation) -> tuple[Relation, list[str]]:
        body = tokens.rest()
        (column,) = table_definition(f"CREATE TABLE added ({body})").columns
        if any(it.name == column.name for it in table.columns):
            raise SqlError(f'column "{column.name}" of relation "{table.name}" already exists')
        if column.not_null and column.default is None:
            raise SqlError("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
        if column.identity is not None:
            raise SqlError("ALTER TABLE ADD COLUMN cannot add an identity column")
        value = "NULL" if column.default is None else translation.expression(column.default)
        after = msgspec.structs.replace(table, columns=(*table.columns, column))
        return after, [*(f'"{it.name}"' for it in table.columns), value]

    def _without_column(self, tokens: Tokens, table: Relation) -> tuple[Relation, list[str]]:
        column = table.column(tokens.identifier())
        tokens.take("cascade", "restrict")
        tokens.expect_end()
        for view in self._catalog.users_of(table):
            raise SqlError(
                f"cannot drop table {table.name} column {column.name} because other objects depend on it: {view.name}"
            )
        kept = tuple(it for it in table.columns if it.name != column.name)
        return msgspec.structs.replace(table, columns=kept), [f'"{it.name}"' for it in kept]

    def _widened(self, tokens: Tokens, table: Relation) -> tuple[Relation, list[str]]:
        tokens.take("column")
        column = table.column(tokens.identifier())
        if not tokens.take("type"):
            raise NotOnTheLaptop(f"ALTER TABLE … ALTER COLUMN … {tokens.next().upper()}")
        kind = Type.of(*tokens.type_name())
        tokens.expect_end()
        if kind.name != "varchar" or column.type.name != "varchar":
            raise SqlError("ALTER TABLE ALTER COLUMN TYPE is supported only for VARCHAR columns")
        columns = tuple(replace(it, type=kind) if it.name == column.name else it for it in table.columns)
        return msgspec.structs.replace(table, columns=columns), [f'"{it.name}"' for it in columns]

    def _rename(self, tokens: Tokens, table: Relation) -> Definition:
        if self._catalog.users_of(table):
            raise NotOnTheLaptop("ALTER TABLE … RENAME of what a view reads")
        if tokens.take("to"):
            name = tokens.identifier()
            if self._catalog.find(None, name) is not None:
                raise SqlError(f'Relation "{name}" already exists')
            after = msgspec.structs.replace(table, name=name)
        else:
            tokens.take("column")
            old = table.column(tokens.identifier())
            tokens.expect("to")
            new = tokens.identifier()
            columns = tuple(replace(it, name=new) if it is old else it for it in table.columns)
            after = msgspec.structs.replace(table, columns=columns)
        tokens.expect_end()
        selected = [f'"{it.name}"' for it in table.columns]
        return Definition(lambda: self._rebuild(table, after, selected), (table.key, after.key))

    def _rebuild(self, before: Relation, after: Relation, selected: list[str]) -> int:
        """Create the table again: DuckDB cannot alter one whose columns have checks."""
        if any(column.identity is not None for column in before.columns):
            raise NotOnTheLaptop("ALTER TABLE of a table with an IDENTITY column")
        self._connection.execute(
            f"CREATE TEMP TABLE redshift_rebuilt AS SELECT {', '.join(selected)} FROM {before.duckdb}"
        )
        self._connection.execute(f"DROP TABLE {before.duckdb}")
        self._catalog.remove(before)
        make(self._connection, self._catalog, after)
        self._connection.execute(f"INSERT INTO {after.duckdb} SELECT * FROM temp.main.redshift_rebuilt")
        self._connection.execute("DROP TABLE temp.main.redshift_rebuilt")
        return -1
