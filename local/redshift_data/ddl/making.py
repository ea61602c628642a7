"""Creates tables in DuckDB."""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from local.redshift_data.sql import translation
from local.redshift_data.sql.catalog import Catalog, Relation
from local.redshift_data.sql.definitions import Column


@dataclass(frozen=True, slots=True)
class Definition:
    """The effect of a statement: the tables that it reads and changes, by key, and a function that carries it out."""

    run: Callable[[], int]
    changes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


def make(connection: duckdb.DuckDBPyConnection, catalog: Catalog, relation: Relation) -> int:
    """Create the table in DuckDB and record it; returns -1, since Redshift counts no rows."""
    for column in relation.columns:
        if column.identity is not None:
            connection.execute(_sequence(relation, column))
    parts = ", ".join(_column_sql(relation, column) for column in relation.columns)
    temporary = "TEMP " if relation.temporary else ""
    connection.execute(f"CREATE {temporary}TABLE {relation.duckdb} ({parts})")
    catalog.put(relation)
    return -1


def _sequence(relation: Relation, column: Column) -> str:
    seed, step = column.identity or (1, 1)
    bounds = f"MINVALUE {-(2**63)}" if step < 0 else f"MINVALUE {min(seed, 1)}"
    return f"CREATE OR REPLACE {'TEMP ' if relation.temporary else ''}SEQUENCE {_sequence_name(relation, column)} " + (
        f"START WITH {seed} INCREMENT BY {step} {bounds}"
    )


def _sequence_name(relation: Relation, column: Column) -> str:
    schema = "temp.main" if relation.temporary else "redshift_local"
    return f'{schema}."{relation.name}.{column.name}"'


def _column_sql(relation: Relation, column: Column) -> str:
    words = [f'"{column.name}"', column.type.duckdb]
    if column.not_null:
        words.append("NOT NULL")
    if column.identity is not None:
        words.append(f"DEFAULT nextval('{_sequence_name(relation, column)}')")
    elif column.default is not None:
        words.append(f"DEFAULT ({translation.expression(column.default)})")
    if column.type.is_text:
        # the number in DuckDB's message is how `words` knows the length again
        words.append(f'CHECK (strlen("{column.name}") <= {column.type.size})')
    return " ".join(words)
