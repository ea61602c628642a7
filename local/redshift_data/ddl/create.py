"""CREATE, DROP and COMMENT, on tables and views; ALTER is in `alter`."""

from dataclasses import replace

import duckdb
from sqlglot import exp

from local.redshift_data.ddl.alter import Alterations
from local.redshift_data.ddl.making import Definition, make
from local.redshift_data.sql import translation
from local.redshift_data.sql.catalog import Catalog, Relation
from local.redshift_data.sql.definitions import Column, Like, TableDefinition, table_definition
from local.redshift_data.sql.tokens import Tokens
from local.redshift_data.sql.types import Type, of_duckdb
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError


def _nothing() -> int:
    return -1


class Definitions:
    """Creates and changes relations, in DuckDB and in the catalog."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
        """`connection` and `catalog` are the session's."""
        self._connection = connection
        self._catalog = catalog
        self._alterations = Alterations(connection, catalog)

    def plan(self, sql: str) -> Definition:
        """The definition that `sql` asks for; raises `SqlError`."""
        tokens = Tokens(sql)
        word = tokens.next()
        if word == "create":
            return self._create(sql, tokens)
        if word == "drop":
            return self._drop(tokens)
        if word == "alter":
            return self._alterations.plan(tokens)
        return self._comment(tokens)

    def _create(self, sql: str, tokens: Tokens) -> Definition:
        if tokens.take_all("or", "replace"):
            tokens.expect("view")
            return self._create_view(tokens, replacing=True)
        if tokens.take("view"):
            return self._create_view(tokens, replacing=False)
        tokens.take("local")
        tokens.take("temp", "temporary")
        if tokens.take("table"):
            return self._create_table(table_definition(sql))
        raise NotOnTheLaptop(f"CREATE {tokens.next().upper()}")

    def _create_table(self, definition: TableDefinition) -> Definition:
        if definition.schema not in (None, "public", "pg_temp"):
            raise NotOnTheLaptop(f"the schema {definition.schema}")
        temporary = definition.temporary or definition.schema == "pg_temp"
        schema = "pg_temp" if temporary else "public"
        if self._catalog.find(schema, definition.name) is not None:
            if definition.if_not_exists:
                return Definition(_nothing)
            raise SqlError(f'Relation "{definition.name}" already exists')
        if definition.query is not None:
            return self._create_table_as(definition, temporary, definition.query)
        columns = (*definition.columns, *(column for like in definition.likes for column in self._like(like)))
        relation = Relation(name=definition.name, columns=columns, temporary=temporary)
        return Definition(lambda: make(self._connection, self._catalog, relation), (relation.key,))

    def _like(self, like: Like) -> tuple[Column, ...]:
        columns = self._catalog.get(*like.table).columns
        if like.including_defaults:
            return tuple(replace(it, identity=None) for it in columns)
        return tuple(replace(it, default=None, identity=None) for it in columns)

    def _create_table_as(self, definition: TableDefinition, temporary: bool, query: str) -> Definition:
        translated = translation.query(translation.parsed(_unwrapped(query), {}), self._catalog)

        def run() -> int:
            columns = self._columns(translated)
            relation = Relation(name=definition.name, columns=columns, temporary=temporary)
            make(self._connection, self._catalog, relation)
            self._connection.execute(f"INSERT INTO {relation.duckdb} {translated.sql}")
            return -1

        key = f"{'pg_temp' if temporary else 'public'}.{definition.name}"
        return Definition(run, (key,), self._behind(translated))

    def _behind(self, translated: translation.Translated) -> tuple[str, ...]:
        return tuple(set().union(*(self._catalog.tables_behind(it) for it in translated.reads)))

    def _columns(self, translated: translation.Translated) -> tuple[Column, ...]:
        """The columns of a query's result, as columns of a table or a view."""
        described = self._connection.execute(f"DESCRIBE {translated.sql}").fetchall()
        return tuple(
            Column(output.name, _declared(output.type, of_duckdb(str(row[1]))))
            for output, row in zip(translated.outputs, described, strict=True)
        )

    def _create_view(self, tokens: Tokens, *, replacing: bool) -> Definition:
        schema, name = tokens.name()
        if schema not in (None, "public"):
            raise NotOnTheLaptop(f"a view in the schema {schema}")
        names = tokens.names_in_parentheses() if tokens.peek("(") else None
        tokens.expect("as")
        query = _unwrapped(tokens.rest())
        before = self._catalog.find("public", name)
        if before is not None and not (replacing and before.is_view):
            raise SqlError(f'Relation "{name}" already exists' if not replacing else f'"{name}" is not a view')
        tree = translation.parsed(query, {})
        if tree.find(exp.Placeholder):
            raise SqlError("views must not contain parameters")
        translated = translation.query(tree, self._catalog)
        if any(relation.temporary for relation in translated.reads):
            raise SqlError("cannot create permanent view based on temporary table")
        uses = tuple(sorted({relation.name for relation in translated.reads}))

        def run() -> int:
            columns = _renamed(self._columns(translated), names)
            relation = Relation(name=name, columns=columns, query=query, uses=uses)
            _check_replaced(before, relation)
            listed = ", ".join(f'"{column.name}"' for column in columns)
            self._connection.execute(f"CREATE OR REPLACE VIEW {relation.duckdb} ({listed}) AS {translated.sql}")
            self._catalog.put(relation)
            return -1

        return Definition(run, (f"public.{name}",), self._behind(translated))

    def _drop(self, tokens: Tokens) -> Definition:
        kind = tokens.one_of("table", "view")
        if_exists = tokens.take_all("if", "exists")
        named = [tokens.name()]
        while tokens.take(","):
            named.append(tokens.name())
        cascade = tokens.take("cascade", "restrict") == "cascade"
        tokens.expect_end()
        found = [(name, self._catalog.find(*name)) for name in named]
        relations: list[Relation] = []
        for (_, name), relation in found:
            if relation is None and not if_exists:
                raise SqlError(f'{kind.capitalize()} "{name}" does not exist')
            if relation is not None:
                if relation.is_view != (kind == "view"):
                    raise SqlError(f'"{name}" is not a {kind}')
                self._gather(relation, relations, cascade, {name for _, name in named})
        return Definition(lambda: self._remove(relations), tuple(it.key for it in relations))

    def _gather(self, relation: Relation, relations: list[Relation], cascade: bool, named: set[str]) -> None:
        for user in self._catalog.users_of(relation):
            if not cascade and user.name not in named:
                raise SqlError(
                    f"cannot drop {'view' if relation.is_view else 'table'} {relation.name} because other objects "
                    "depend on it\n  Hint: Use DROP ... CASCADE to drop the dependent objects too."
                )
            self._gather(user, relations, cascade, named)
        if all(it.key != relation.key for it in relations):
            relations.append(relation)

    def _remove(self, relations: list[Relation]) -> int:
        for relation in relations:
            self._connection.execute(f"DROP {'VIEW' if relation.is_view else 'TABLE'} {relation.duckdb}")
            self._catalog.remove(relation)
        return -1

    def _comment(self, tokens: Tokens) -> Definition:
        tokens.expect("on")
        kind = tokens.one_of("table", "view", "column")
        first, second = tokens.name()
        relation = self._catalog.get(None, first) if kind == "column" and first else self._catalog.get(first, second)
        if kind == "column":
            relation.column(second)
        tokens.expect("is")
        if not tokens.take("null"):
            tokens.text()
        tokens.expect_end()
        return Definition(_nothing)


def _unwrapped(query: str) -> str:
    """The query, without parentheses around it and without its clause about binding."""
    lowered = " ".join(query.lower().split()).rstrip("; ")
    if lowered.endswith("with no schema binding"):
        raise NotOnTheLaptop("WITH NO SCHEMA BINDING")
    return query


def _declared(text: Type | None, found: Type) -> Type:
    return text if text is not None and text.is_text and found.is_text else found


def _renamed(columns: tuple[Column, ...], names: list[str] | None) -> tuple[Column, ...]:
    if names is None:
        renamed = columns
    elif len(names) > len(columns):
        raise SqlError("CREATE VIEW specifies more column names than columns")
    else:
        renamed = tuple(
            replace(it, name=names[place] if place < len(names) else it.name) for place, it in enumerate(columns)
        )
    for column in renamed:
        if [it.name for it in renamed].count(column.name) > 1:
            raise SqlError(f'column "{column.name}" specified more than once')
    return renamed


def _check_replaced(before: Relation | None, after: Relation) -> None:
    """Check that a view is replaced by one with the same columns, as Redshift's documentation requires."""
    if before is None:
        return
    if len(before.columns) != len(after.columns):
        raise SqlError("cannot change number of columns in view")
    for old, new in zip(before.columns, after.columns, strict=True):
        if old.name != new.name:
            raise SqlError(f'cannot change name of view column "{old.name}"')
        if old.type != new.type:
            raise SqlError(f'cannot change data type of view column "{old.name}"')
