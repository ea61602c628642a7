"""COPY: objects from the laptop's buckets into a table, all or nothing."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from local.redshift_data.copy_options import Copy
from local.redshift_data.definitions import Column
from local.redshift_data.objects import Bucket, Entry
from local.redshift_data.words import SqlError


def load(
    connection: duckdb.DuckDBPyConnection, copy: Copy, columns: Sequence[Column], target: str, bucket: Bucket
) -> int:
    """Load what `copy` names into `target`, whose columns are `columns`; the number of rows."""
    entries = bucket.entries(copy.source, copy.manifest, lengths_needed=copy.format == "parquet")
    into = _chosen(copy, columns)
    with bucket.fetched(entries) as files:
        if not files:
            return 0
        return _insert(connection, copy, into, target, files)


def _chosen(copy: Copy, columns: Sequence[Column]) -> list[Column]:
    if not copy.columns:
        return [column for column in columns if column.identity is None or column.generated_by_default]
    by_name = {column.name: column for column in columns}
    missing = [name for name in copy.columns if name not in by_name]
    if missing:
        raise SqlError(f'column "{missing[0]}" of relation "{copy.table}" does not exist')
    return [by_name[name] for name in copy.columns]


def _insert(
    connection: duckdb.DuckDBPyConnection, copy: Copy, columns: Sequence[Column], target: str,
    files: Sequence[tuple[Entry, Path]],
) -> int:  # fmt: skip
    names = ", ".join(f'"{column.name}"' for column in columns)
    paths = ", ".join(f"'{path}'" for _, path in files)
    query = f"INSERT INTO {target} ({names}) SELECT * FROM read_parquet([{paths}], union_by_name = false)"
    return int(connection.execute(query).fetchall()[0][0])
