"""COPY: objects from the laptop's buckets into a table, all or nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from local.redshift_data.copy.objects import Bucket, Entry
from local.redshift_data.copy.options import Copy
from local.redshift_data.sql.catalog import Relation
from local.redshift_data.sql.changes import insertable
from local.redshift_data.sql.definitions import Column
from local.redshift_data.sql.storing import stored
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import SqlError, of_duckdb

Files = Sequence[tuple[Entry, Path]]

_PARQUET: Final = {
    "int2": ("SMALLINT", "TINYINT"),
    "int4": ("INTEGER",),
    "int8": ("BIGINT",),
    "float4": ("FLOAT",),
    "float8": ("DOUBLE",),
    "bool": ("BOOLEAN",),
    "varchar": ("VARCHAR",),
    "bpchar": ("VARCHAR",),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE"),
    "timestamptz": ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
}
"""The Parquet types accepted for each column type; numerics must have exactly the digits. Redshift converts nothing."""


def load(connection: duckdb.DuckDBPyConnection, copy: Copy, table: Relation, bucket: Bucket) -> int:
    """Load the objects of `copy`; returns the number of rows.

    After a `SqlError` the transaction must be rolled back.
    """
    columns = _chosen(copy, table)
    entries = bucket.entries(copy.source, copy.manifest, lengths_needed=copy.format == "parquet")
    with bucket.fetched(entries) as files:
        if not files:
            return 0
        names = ", ".join(f'"{column.name}"' for column in columns)
        try:
            rows = sum(_insert(connection, f"INSERT INTO {table.duckdb} ({names}) {query}") for query in _queries(
                connection, copy, columns, files
            ))  # fmt: skip
        except duckdb.Error as error:
            raise _failed(copy, error) from error
        return rows


def _insert(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def _failed(copy: Copy, error: duckdb.Error) -> SqlError:
    complaint = of_duckdb(error)
    if isinstance(error, duckdb.InterruptException):
        return complaint
    if copy.format == "parquet":
        return SqlError(f"Spectrum Scan Error\n  Detail: {complaint}\n  context: COPY {copy.table} FROM {copy.source}")
    return SqlError(
        f"Load into table '{copy.table}' failed.  Check 'sys_load_error_detail' system table for details.\n"
        f"  Detail: {complaint}"
    )


def _chosen(copy: Copy, table: Relation) -> list[Column]:
    if not copy.columns:
        return list(insertable(table)) if copy.format == "json" else [it for it in table.columns if it.identity is None]
    for name in copy.columns:
        if copy.columns.count(name) > 1:
            raise SqlError(f'Column "{name}" specified more than once')
    return [table.column(name) for name in copy.columns]


def _queries(connection: duckdb.DuckDBPyConnection, copy: Copy, columns: Sequence[Column], files: Files) -> list[str]:
    if copy.format == "parquet":
        return _parquet_queries(connection, columns, files)
    listed = "[" + ", ".join(_literal(str(path)) for _, path in files) + "]"
    return [_json_query(copy, columns, listed) if copy.format == "json" else _csv_query(copy, columns, listed)]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _parquet_queries(connection: duckdb.DuckDBPyConnection, columns: Sequence[Column], files: Files) -> list[str]:
    """One query for each group of files; columns go by position.

    Files with the same names and types are read together.
    """
    alike: dict[tuple[tuple[str, str], ...], list[Path]] = {}
    for entry, path in files:
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({_literal(str(path))})").fetchall()
        found = tuple((str(row[0]), str(row[1])) for row in described)
        _check_parquet(columns, entry, found)
        alike.setdefault(found, []).append(path)
    return [_parquet_query(columns, found, paths) for found, paths in alike.items()]


def _parquet_query(columns: Sequence[Column], found: tuple[tuple[str, str], ...], paths: Sequence[Path]) -> str:
    values = [_parquet_value(name, kind, column) for (name, kind), column in zip(found, columns, strict=True)]
    listed = ", ".join(_literal(str(path)) for path in paths)
    return f"SELECT {', '.join(values)} FROM read_parquet([{listed}])"


def _parquet_value(name: str, kind: str, column: Column) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    value = quoted if kind == column.type.duckdb else f"CAST({quoted} AS {column.type.duckdb})"
    return stored(value, column, None)


def _check_parquet(columns: Sequence[Column], entry: Entry, found: tuple[tuple[str, str], ...]) -> None:
    if len(found) != len(columns):
        raise SqlError(
            "Spectrum Scan Error\n  Detail: Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {len(found)}, File name: {entry.url}"
        )
    for column, (_, kind) in zip(columns, found, strict=True):
        accepted = (column.type.duckdb,) if column.type.name == "numeric" else _PARQUET[column.type.name]
        if kind not in accepted:
            raise SqlError(
                f"Spectrum Scan Error\n  Detail: File '{entry.url}' has an incompatible Parquet schema for column "
                f"'{column.name}'. Column type: {column.type.sql}, Parquet type: {kind}"
            )


def _csv_query(copy: Copy, columns: Sequence[Column], listed: str) -> str:
    declared = ", ".join(f"{_literal(column.name)}: 'VARCHAR'" for column in columns)
    options = {
        "columns": "{" + declared + "}",
        "auto_detect": "false",
        "header": "false",
        "skip": str(copy.header_lines),
        "delim": _literal(copy.delimiter),
        "quote": _literal(copy.quote),
        "escape": _literal(copy.quote),
        "nullstr": _literal(copy.null_text or "\\N"),
        "allow_quoted_nulls": "false",
        "compression": "'gzip'" if copy.gzip else "'none'",
        "strict_mode": "true",
        "null_padding": "false",
        # a file of 16 bytes was twice read as bytes that it does not hold, when other processes kept the cores busy
        "parallel": "false",
    }
    settings = ", ".join(f"{name} = {value}" for name, value in options.items())
    values = ", ".join(_text_value(f'"{column.name}"', column, copy) for column in columns)
    return f"SELECT {values} FROM read_csv({listed}, {settings})"


def _json_query(copy: Copy, columns: Sequence[Column], listed: str) -> str:
    fields = ("(json ->> " + _literal(f'$."{column.name}"') + ")" for column in columns)
    values = ", ".join(_text_value(text, column, copy) for text, column in zip(fields, columns, strict=True))
    compression = "'gzip'" if copy.gzip else "'uncompressed'"
    return f"SELECT {values} FROM read_json_objects({listed}, format = 'unstructured', compression = {compression})"


def _text_value(text: str, column: Column, copy: Copy) -> str:
    """The SQL for a column's value in a field: an empty field is NULL unless the column is text."""
    kind = column.type
    if copy.trim_blanks and kind.is_text:
        text = f"rtrim({text})"
    if kind.is_text:
        if copy.blanks_as_null:
            text = f"CASE WHEN trim({text}) = '' THEN NULL ELSE {text} END"
        elif copy.empty_as_null:
            text = f"nullif({text}, '')"
        text = f"redshift_local.cut_text({text}, {kind.size})" if copy.truncate_columns else text
        return stored(text, column, None)
    text = f"nullif(trim({text}), '')"
    return f"CAST({_number(text, kind)} AS {kind.duckdb})"


def _number(text: str, kind: Type) -> str:
    return f"redshift_local.text_to_integer({text})" if kind.is_integer else text
