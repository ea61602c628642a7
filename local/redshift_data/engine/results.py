"""Rows in the API's format: fields by type, pages, and ColumnMetadata."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from local.redshift_data.sql.types import Type

PAGE_ROWS: Final = 1_000
PAGE_BYTES: Final = 1_000_000
MAX_RESULT_BYTES: Final = 500 * 1024 * 1024
"""The API's limit for the result of a statement, which AWS counts compressed and the laptop as JSON."""


def column_metadata(
    label: str, kind: Type, *, schema: str = "", table: str = "", nullable: bool = True, default: str | None = None
) -> dict[str, Any]:
    """One entry of ColumnMetadata, for a column that Redshift calls `label`."""
    precision, scale = kind.precision_and_scale
    metadata = {
        "isCaseSensitive": kind.is_text,
        "isCurrency": False,
        "isSigned": kind.is_integer or kind.name in ("numeric", "float4", "float8"),
        "label": label,
        "name": label,
        "nullable": int(nullable),
        "precision": precision,
        "scale": scale,
        "schemaName": schema,
        "tableName": table,
        "typeName": kind.name,
        "length": 0,
    }
    return metadata if default is None else {**metadata, "columnDefault": default}


def field(value: object, kind: Type) -> dict[str, Any]:
    """One value in the API's form: numerics, dates and times are text."""
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if kind.is_integer:
        return {"longValue": int(value)}  # type: ignore[call-overload]
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, datetime):
        return {"stringValue": _timestamp(value)}
    if kind.name == "bpchar":
        return {"stringValue": str(value).ljust(kind.size)}
    return {"stringValue": f"{value:f}" if kind.name == "numeric" else str(value)}


def _timestamp(value: datetime) -> str:
    """The timestamp in Redshift's format: a fraction only if it has one, a zone only if its type has one.

    >>> _timestamp(datetime(2010, 12, 1, 8, 26))
    '2010-12-01 08:26:00'
    """
    text = value.replace(tzinfo=None).isoformat(sep=" ")
    whole, point, fraction = text.partition(".")
    text = f"{whole}.{fraction.rstrip('0')}" if point else whole
    return text if value.tzinfo is None else f"{text}+00" if value.utcoffset() == UTC.utcoffset(None) else str(value)


def pages(rows: Iterable[Sequence[object]], kinds: Sequence[Type]) -> Iterator[tuple[int, bytes]]:
    """Rows as pages of `Records` in JSON, each with its number of rows."""
    page: list[bytes] = []
    size = 0
    for row in rows:
        record = msgspec.json.encode([field(value, kind) for value, kind in zip(row, kinds, strict=True)])
        if page and (len(page) == PAGE_ROWS or size + len(record) > PAGE_BYTES):
            yield len(page), _page(page)
            page, size = [], 0
        page.append(record)
        size += len(record)
    if page:
        yield len(page), _page(page)


def _page(records: list[bytes]) -> bytes:
    return b"[" + b",".join(records) + b"]"
