"""A database session: runs statements one after another in one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import duckdb
from sqlglot import exp

from local.redshift_data.copy import loading
from local.redshift_data.copy.objects import Bucket
from local.redshift_data.copy.options import copy_options
from local.redshift_data.ddl.create import Definitions
from local.redshift_data.engine import results
from local.redshift_data.engine.locks import Holder, Locks, Mode
from local.redshift_data.sql import changes, macros, translation, words
from local.redshift_data.sql.catalog import Catalog, Relation
from local.redshift_data.sql.tokens import Tokens
from local.redshift_data.sql.types import Type, UnknownType, of_duckdb
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError

_ALONE: Final = {
    "truncate": "TRUNCATE cannot run inside a batch: it commits the transaction",
    "vacuum": "VACUUM cannot run inside a transaction block",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a statement: a result (`columns` and `pages` of rows) or the number of rows that it changed."""

    count: int = -1
    columns: tuple[dict[str, Any], ...] | None = None
    pages: tuple[tuple[int, bytes], ...] = ()


class Session:
    """One connection to the database, and the one transaction that it runs."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, bucket: Bucket, locks: Locks, holder: Holder, *, in_batch: bool
    ) -> None:
        """`connection` is this session's own."""
        self._connection = connection
        self._bucket = bucket
        self._locks = locks
        self._holder = holder
        self._in_batch = in_batch
        self._began = False
        self._catalog = Catalog(connection)
        self._definitions = Definitions(connection, self._catalog)
        connection.execute("SET schema = 'public'")

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection, for writes that are committed with the transaction."""
        self._begin()
        return self._connection

    def commit(self) -> None:
        """Commit the session's transaction, if one began, and release its locks; raises `SqlError`."""
        if self._began:
            try:
                self._connection.execute("COMMIT")
            except duckdb.Error as error:
                raise words.of_duckdb(error) from error
        self._locks.release(self._holder, committed=True)

    def rollback(self) -> None:
        """Roll the transaction back."""
        try:
            if self._began:
                self._connection.execute("ROLLBACK")
        except duckdb.Error:
            return  # DuckDB has done so already
        finally:
            self._locks.release(self._holder, committed=False)

    def interrupt(self) -> None:
        """Interrupt the statement that runs now; called from another thread."""
        self._connection.interrupt()

    def run(self, sql: str, parameters: Mapping[str, str]) -> Outcome:
        """Run one statement; raises `SqlError`."""
        try:
            self._connection.execute(f"SET VARIABLE {macros.CLOCK} = TIMESTAMP '{_now()}'")
            return self._run(sql, parameters)
        except duckdb.Error as error:
            raise words.of_duckdb(error) from error
        except RecursionError:
            raise SqlError("stack depth limit exceeded") from None

    def _begin(self) -> None:
        # not before the first locks are held: what another transaction commits while we wait must be seen
        if not self._began:
            self._connection.execute("BEGIN TRANSACTION")
            self._locks.look(self._holder)
            self._began = True

    def _run(self, sql: str, parameters: Mapping[str, str]) -> Outcome:
        tokens = Tokens(sql)
        word = tokens.next()
        if word in _ALONE and self._in_batch:
            raise SqlError(_ALONE[word])
        if word == "alter" and tokens.take("table"):
            tokens.name()
            if tokens.take("append"):
                raise self._append()
        if word == "merge" and " ".join(sql.lower().split()).rstrip("; ").endswith("remove duplicates"):
            raise NotOnTheLaptop("MERGE … REMOVE DUPLICATES")
        run = self._BY_FIRST_WORD.get(word)
        return self._query(sql, parameters) if run is None else run(self, sql)

    def _append(self) -> SqlError:
        if self._in_batch:
            return SqlError("ALTER TABLE APPEND cannot run inside a transaction block")
        return NotOnTheLaptop("ALTER TABLE APPEND")

    def _locked(self, plan: Callable[[], tuple[Any, Iterable[str], Mode, Iterable[str]]]) -> Any:
        """The result of `plan`, once its tables are locked; planned again if another transaction came first."""
        while True:
            planned, shared, mode, others = plan()
            waited = self._locks.acquire(self._holder, sorted(others), mode)
            waited = self._locks.acquire(self._holder, sorted(shared), Mode.SHARE) or waited
            if not waited or self._began:
                self._begin()
                return planned

    def _lock(self, sql: str) -> Outcome:
        tokens = Tokens(sql)
        tokens.expect("lock")
        tokens.take("table")
        tables = [self._catalog.get(*tokens.name())]
        while tokens.take(","):
            tables.append(self._catalog.get(*tokens.name()))
        tokens.expect_end()
        self._locks.acquire(self._holder, [table.key for table in tables], Mode.EXCLUSIVE)
        return Outcome()

    def _copy(self, sql: str) -> Outcome:
        copy = copy_options(sql)

        def plan() -> tuple[Relation, Iterable[str], Mode, Iterable[str]]:
            table = self._catalog.find(copy.schema, copy.table)
            if table is None:
                raise SqlError(f"Cannot COPY into nonexistent table {copy.table}")
            if table.is_view:
                raise SqlError(f'cannot COPY into view "{copy.table}"')
            return table, (), Mode.WRITE, (table.key,)

        table = self._locked(plan)
        count = loading.load(self._connection, copy, table, self._bucket)
        self._locks.wrote(self._holder, table.key)
        return Outcome(count)

    def _define(self, sql: str) -> Outcome:
        def plan() -> tuple[Callable[[], int], Iterable[str], Mode, Iterable[str]]:
            definition = self._definitions.plan(sql)
            return definition.run, definition.reads, Mode.EXCLUSIVE, definition.changes

        run = self._locked(plan)
        return Outcome(run())

    def _nothing(self, sql: str) -> Outcome:
        tokens = Tokens(sql)
        word = tokens.next()
        if word == "analyze" and tokens.peek("compression"):
            raise NotOnTheLaptop("ANALYZE COMPRESSION")
        if not tokens.at_end:
            for word in ("full", "sort", "only", "delete", "reindex", "table", "verbose"):
                tokens.take(word)
            if not tokens.at_end:
                self._catalog.table(*tokens.name())
        return Outcome()

    def _truncate(self, sql: str) -> Outcome:
        tokens = Tokens(sql)
        tokens.expect("truncate")
        tokens.take("table")
        table = self._catalog.table(*tokens.name())
        tokens.expect_end()
        self._locks.acquire(self._holder, [table.key], Mode.EXCLUSIVE)
        self._begin()
        self._connection.execute(f"DELETE FROM {table.duckdb}")
        self._locks.wrote(self._holder, table.key)
        return Outcome()

    def _query(self, sql: str, parameters: Mapping[str, str]) -> Outcome:
        tree = translation.parsed(sql, parameters)
        if tree.find(exp.Into) is not None:
            return self._define(_create_table_as(sql, parameters))
        if isinstance(tree, exp.Query):
            return self._select(tree)
        return self._change(tree)

    def _select(self, tree: exp.Expr) -> Outcome:
        def plan() -> tuple[translation.Translated, Iterable[str], Mode, Iterable[str]]:
            translated = translation.query(tree, self._catalog)
            return translated, self._behind(translated.reads), Mode.SHARE, ()

        translated = self._locked(plan)
        cursor = self._connection.execute(translated.sql)
        kinds = [_kind(str(column[1]), column[0]) for column in cursor.description]
        kinds = [_declared(it, kind) for it, kind in zip(translated.outputs, kinds, strict=True)]
        if any(kind.name == "timestamptz" for kind in kinds):
            cursor = self._connection.execute(_with_zones_as_text(translated.sql, kinds))
        columns = tuple(_metadata(it, kind) for it, kind in zip(translated.outputs, kinds, strict=True))
        return Outcome(*_paged(cursor, kinds, columns))

    def _behind(self, relations: Iterable[Relation]) -> set[str]:
        return set().union(*(self._catalog.tables_behind(it) for it in relations))

    def _change(self, tree: exp.Expr) -> Outcome:
        def plan() -> tuple[changes.Change, Iterable[str], Mode, Iterable[str]]:
            change = changes.change(tree, self._catalog)
            return change, self._behind(change.reads) - {change.target.key}, Mode.WRITE, (change.target.key,)

        change = self._locked(plan)
        if change.rewrites:
            self._locks.check_rewrite(self._holder, change.target.key)
        rows = self._connection.execute(change.sql).fetchall()
        self._locks.wrote(self._holder, change.target.key)
        return Outcome(int(rows[0][0]) if rows else -1)

    _BY_FIRST_WORD: Final[dict[str, Callable[["Session", str], Outcome]]] = {
        "copy": _copy,
        "lock": _lock,
        "create": _define,
        "drop": _define,
        "alter": _define,
        "comment": _define,
        "analyze": _nothing,
        "vacuum": _nothing,
        "truncate": _truncate,
    }


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(sep=" ")


def _create_table_as(select_into: str, parameters: Mapping[str, str]) -> str:
    """SELECT … INTO [TEMP] [TABLE] name … as the equivalent CREATE TABLE … AS."""
    if parameters:
        raise NotOnTheLaptop("SELECT INTO with parameters")
    tokens = Tokens(select_into)
    before = tokens.text_before("into")
    tokens.expect("into")
    temporary = "TEMP " if tokens.take("temporary") or tokens.take("temp") else ""
    tokens.take("table")
    schema, table = tokens.name()
    after = "" if tokens.at_end else tokens.rest()
    return f"CREATE {temporary}TABLE {table if schema is None else f'{schema}.{table}'} AS {before} {after}"


def _kind(spelling: str, name: str) -> Type:
    try:
        return of_duckdb(spelling)
    except UnknownType:
        kind = "row" if spelling.startswith(("STRUCT", "TUPLE")) else spelling.lower()
        raise NotOnTheLaptop(f'a result of the type {kind}, as "{name}" has') from None


def _with_zones_as_text(query: str, kinds: list[Type]) -> str:
    """The query with TIMESTAMPTZ in Redshift's text form: DuckDB needs another package for Python's values."""
    names = [f"column_{place}" for place in range(len(kinds))]
    values = (
        f"CAST({it} AS VARCHAR)" if kind.name == "timestamptz" else it for it, kind in zip(names, kinds, strict=True)
    )
    return f"SELECT {', '.join(values)} FROM ({query}) AS result({', '.join(names)})"


def _declared(output: translation.Output, kind: Type) -> Type:
    return output.type if output.type is not None and output.type.is_text and kind.is_text else kind


def _metadata(output: translation.Output, kind: Type) -> dict[str, Any]:
    return results.column_metadata(output.name, kind, table=output.table, nullable=output.nullable)


def _paged(
    cursor: duckdb.DuckDBPyConnection, kinds: list[Type], columns: tuple[dict[str, Any], ...]
) -> tuple[int, tuple[dict[str, Any], ...], tuple[tuple[int, bytes], ...]]:
    def rows() -> Iterable[tuple[object, ...]]:
        while batch := cursor.fetchmany(results.PAGE_ROWS):
            yield from batch

    pages, size = [], 0
    for count, body in results.pages(rows(), kinds):
        size += len(body)
        if size > results.MAX_RESULT_BYTES:
            raise SqlError("The query result exceeds the maximum size of 500 MB")
        pages.append((count, body))
    return sum(count for count, _ in pages), columns, tuple(pages)
