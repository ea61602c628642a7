"""The catalog of the lake is made as pyiceberg makes it, and pyiceberg finds what it holds."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField, StringType

from local.parts.lake_catalog import create_databases


def content(file: Path) -> list[str]:
    """The statements that make the file's content, without blanks."""
    with closing(sqlite3.connect(file)) as catalog:
        return sorted(re.sub(r"\s+", "", statement) for statement in catalog.iterdump())


def test_a_database_of_the_lake_is_made_as_pyiceberg_makes_it(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "data" / "ours.db", tmp_path / "theirs.db"
    create_databases(ours, [("lake", "tillstream_laptop")])
    catalog = SqlCatalog("lake", uri=f"sqlite:///{theirs}")
    catalog.create_namespace("tillstream_laptop")
    assert content(ours) == content(theirs)


def test_a_database_that_is_there_stays_with_its_tables_and_a_missing_one_is_added(tmp_path: Path) -> None:
    file = tmp_path / "lake.db"
    catalog = SqlCatalog("lake", uri=f"sqlite:///{file}", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("first", {"owner": "somebody"})
    catalog.create_table("first.order_lines", Schema(NestedField(1, "LineId", StringType())))
    before = content(file)
    create_databases(file, [("lake", "first"), ("lake", "second")])
    assert set(catalog.list_namespaces()) == {("first",), ("second",)}
    assert catalog.load_namespace_properties("first") == {"owner": "somebody"}
    assert set(before) < set(content(file))
