"""The laptop's catalog of the lake: Iceberg's JDBC catalog, in a SQLite file."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

SECONDS: Final = 20
"""Seconds to wait for another writer of the file."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
    catalog_name VARCHAR(255) NOT NULL,
    namespace VARCHAR(255) NOT NULL,
    property_key VARCHAR(255) NOT NULL,
    property_value VARCHAR(1000) NOT NULL,
    PRIMARY KEY (catalog_name, namespace, property_key)
);
CREATE TABLE IF NOT EXISTS iceberg_tables (
    catalog_name VARCHAR(255) NOT NULL,
    table_namespace VARCHAR(255) NOT NULL,
    table_name VARCHAR(255) NOT NULL,
    metadata_location VARCHAR(1000),
    previous_metadata_location VARCHAR(1000),
    iceberg_type VARCHAR(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);
"""

_DATABASE: Final = """
INSERT INTO iceberg_namespace_properties SELECT ?1, ?2, 'exists', 'true'
WHERE NOT EXISTS (SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = ?1 AND namespace = ?2)
"""


def create_databases(file: Path, databases: Iterable[tuple[str, str]]) -> None:
    """Create the missing ones of these pairs of catalog and database.

    The tables and rows are those of pyiceberg's `SqlCatalog`, whose import takes a third of the processor time of
    `tillstream up`'s own process.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file, timeout=SECONDS)) as catalog, catalog:
        catalog.executescript(_TABLES)
        catalog.executemany(_DATABASE, databases)
