"""The lines that a platform's stores hold, and those that they must hold for some files."""

from collections.abc import Sequence
from typing import Any

from commerce import columns, keys
from commerce.files.documents import order_lines
from commerce.lines import OrderLine
from operations.lake.table import LakeTable
from stores.dynamodb.tables import Tables
from stores.redshift import warehouse
from tests.end_to_end.laptop import Laptop
from tests.stores.servers import make_table

Items = list[dict[str, Any]]


def lines_of(files: Sequence[str]) -> list[OrderLine]:
    """The order lines that the client reads from the files, by LineId."""
    found = {}
    for file in files:
        with open(file, "rb") as document:
            found.update({it.line.LineId: it.line for it in order_lines(file, document) if it.line})
    assert len(found) > 200
    return [found[line_id] for line_id in sorted(found)]


def in_the_lake(laptop: Laptop) -> list[OrderLine]:
    """Every row of the lake, by LineId."""
    batches = LakeTable(laptop.target).batches([column.name for column in columns.COLUMNS])
    return sorted(
        (columns.line(*row.values()) for it in batches for row in it.to_pylist()), key=lambda line: line.LineId
    )


def in_the_warehouse(laptop: Laptop) -> list[OrderLine]:
    """Every row of the warehouse, by LineId."""
    rows = warehouse.of(laptop.target).query(f"SELECT {', '.join(columns.NAMES)} FROM order_lines ORDER BY LineId").rows
    return [columns.line(*row) for row in rows]


def in_the_tables(laptop: Laptop) -> tuple[Items, Items]:
    """Every item of Invoices and of Customers."""
    target = laptop.target
    return laptop.items(target.invoices_table), laptop.items(target.customers_table)


def as_the_stream_makes_them(laptop: Laptop, lines: Sequence[OrderLine]) -> tuple[Items, Items]:
    """The items that the stream's consumer makes of these lines."""
    client = laptop.target.client("dynamodb")
    make_table(client, keys.INVOICES, "expected-invoices")
    make_table(client, keys.CUSTOMERS, "expected-customers")
    Tables(client, "expected-invoices", "expected-customers").add(lines)
    return laptop.items("expected-invoices"), laptop.items("expected-customers")
