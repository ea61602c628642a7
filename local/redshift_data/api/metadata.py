"""Schemas, tables and columns, as the API lists them."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from local.redshift_data.api.refusals import ResourceNotFoundException
from local.redshift_data.engine.database import Database
from local.redshift_data.engine.results import column_metadata
from local.redshift_data.sql.catalog import Catalog


def schemas(_: Database, request: dict[str, Any]) -> dict[str, Any]:
    """ListSchemas' answer."""
    return {"Schemas": [name for name in ("public",) if _like(name, request.get("SchemaPattern"))]}


def tables(database: Database, request: dict[str, Any]) -> dict[str, Any]:
    """ListTables' answer, by name."""
    relations = Catalog(database.cursor()).all() if _like("public", request.get("SchemaPattern")) else ()
    found = [
        {"name": it.name, "schema": "public", "type": "VIEW" if it.is_view else "TABLE"}
        for it in relations
        if _like(it.name, request.get("TablePattern"))
    ]
    return _paged("Tables", found, request)


def columns(database: Database, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTable's answer."""
    name = request.get("Table", "").lower()
    relation = Catalog(database.cursor()).find(None, name) if request.get("Schema", "public") == "public" else None
    if relation is None:
        raise ResourceNotFoundException(f"Table {name} does not exist", ResourceId=name)
    found = [
        column_metadata(it.name, it.type, schema="public", table=name, nullable=not it.not_null, default=it.default)
        for it in relation.columns
    ]
    return {"TableName": name, **_paged("ColumnList", found, request)}


def _like(name: str, pattern: str | None) -> bool:
    """Whether `name` fits the SQL pattern; None fits all.

    >>> _like("order_lines", "order%"), _like("invoices", "order%")
    (True, False)
    """
    return pattern is None or fnmatchcase(name, pattern.replace("%", "*").replace("_", "?"))


def _paged(member: str, found: Iterable[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    rows = list(found)
    start = int(request.get("NextToken") or 0)
    end = start + (request.get("MaxResults") or 1_000)
    answer: dict[str, Any] = {member: rows[start:end]}
    return {**answer, "NextToken": str(end)} if end < len(rows) else answer
