"""SQL over the lake's table, by an in-memory DuckDB that receives only the columns that the query names."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import duckdb
import pyarrow as pa

from commerce.errors import TillstreamError
from operations.lake.table import LakeTable

TABLE: Final = "order_lines"

_ROWS_AT_ONCE: Final = 10_000


class WrongQuery(TillstreamError):
    """The SQL is invalid or not a single SELECT; the message is DuckDB's."""

    exit_code = 2


class Answer:
    """The columns of a result, and its rows, which are read once."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self.columns: list[str] = [column[0] for column in cursor.description or ()]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Every row, once."""
        while found := self._cursor.fetchmany(_ROWS_AT_ONCE):
            yield from found


def answer(sql: str, table: LakeTable) -> Answer:
    """The result of one SELECT over the table, which is named `order_lines`; raises `WrongQuery`.

    Nothing but the table can be reached: no file, no extension, no address.
    """
    connection = duckdb.connect(
        ":memory:", config={"python_enable_replacements": "false", "autoinstall_known_extensions": "false"}
    )
    try:
        schema = table.schema()
        used = columns(syntax(sql, connection), schema.names)
        given = pa.schema([schema.field(name) for name in used])
        reader = pa.RecordBatchReader.from_batches(given, (batch.cast(given) for batch in table.batches(used)))
        connection.register("lake_rows", reader)
        # a copy, since a reader can be read once and a query may name the table twice
        connection.execute(f"CREATE TABLE {TABLE} AS SELECT * FROM lake_rows")
        connection.unregister("lake_rows")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return Answer(connection.execute(sql))
    except duckdb.Error as error:
        raise WrongQuery(str(error)) from None


def syntax(sql: str, connection: duckdb.DuckDBPyConnection) -> Mapping[str, Any]:
    """The query as DuckDB parses it; raises `WrongQuery` unless it is exactly one SELECT."""
    # fetched to the end: a connection with an unfinished answer takes no other work
    ((found,),) = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()
    parsed: dict[str, Any] = json.loads(found)
    if parsed.get("error_type") == "not implemented":
        raise WrongQuery("give one SELECT: this command reads the lake's table, which only jobs change")
    if parsed.get("error"):
        raise WrongQuery(str(parsed.get("error_message")))
    if len(parsed["statements"]) != 1:
        raise WrongQuery("give one SELECT, not several")
    return parsed


def columns(parsed: Mapping[str, Any], names: list[str]) -> list[str]:
    """The columns that a parsed query may read, in the table's order; at least one.

    All of them where it does not name them: `*`, a natural join, a column's number, a whole row as a value.
    """
    nodes = list(_nodes(parsed))
    tables = {str(node.get(it, "")).lower() for node in nodes for it in ("alias", "table_name") if "sample" in node}
    used: set[str] = set()
    for node in nodes:
        kind, parts = node.get("class"), node.get("column_names", [])
        whole_row = kind == "COLUMN_REF" and parts[-1].lower() in tables
        if kind in ("STAR", "POSITIONAL_REFERENCE") or node.get("ref_type") == "NATURAL" or whole_row:
            return names
        used.update(name.lower() for name in (*parts, *node.get("using_columns", [])))
    return [name for name in names if name.lower() in used] or ["Quantity"]


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)
