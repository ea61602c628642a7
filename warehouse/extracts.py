"""The queries of the sales extracts, and the bound of what each reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from commerce.extracts import EXTRACTS, Extract, digest, extract
from stores.redshift.warehouse import Warehouse
from warehouse.schema import views

MOST_ROWS: Final = 100_000
"""Rows of an extract: some 3 MB of JSON, where a Lambda function answers with at most 6 MB."""

QUERIES: Final[Mapping[str, str]] = {
    "daily": (
        "SELECT day, country, invoices, lines, units, gross, returns, adjustments, net "
        "FROM daily_country_sales ORDER BY day DESC, country DESC"
    ),
    "hourly": (
        "SELECT day, hour, country, invoices, lines, net "
        "FROM hourly_country_sales ORDER BY day DESC, hour DESC, country DESC"
    ),
    "products": (
        "SELECT m.month, m.country, m.stockcode, p.description, m.units_sold, m.units_returned, m.gross, m.returns, "
        "m.net FROM monthly_product_sales AS m INNER JOIN products AS p ON p.stockcode = m.stockcode "
        "ORDER BY m.month DESC, m.country DESC, m.stockcode DESC"
    ),
    "cohorts": (
        "SELECT first_month, month_number, customers, buyers, net FROM cohorts ORDER BY first_month DESC, "
        "month_number DESC"
    ),
}
"""The query of each extract, newest rows first; its first column is a day or month."""


def read(database: Warehouse, name: str) -> Extract:
    """The extract with this name, of the database as it is now."""
    found = database.query(query(name))
    return extract(name, [column.name for column in found.columns], newest(found.rows))


def query(name: str) -> str:
    """The query of an extract, which returns one row more than it may have where it would have more."""
    return f"{QUERIES[name]} LIMIT {MOST_ROWS + 1}"


def newest(rows: Iterable[Sequence[Any]], most: int = MOST_ROWS) -> list[Sequence[Any]]:
    """The rows of the newest whole days or months, at most so many, oldest first; `rows` are newest first.

    >>> newest([(2, "b"), (2, "a"), (1, "c"), (1, "b")], 3)
    [(2, 'a'), (2, 'b')]
    """
    found = list(rows)
    if len(found) > most:
        oldest = found[most][0]
        found = [row for row in found[:most] if row[0] != oldest]
    return found[::-1]


def source(ledger: Iterable[tuple[Any, ...]]) -> str:
    """The identity of what the extracts are made of: the warehouse's ledger of batches, the views and the queries."""
    return digest(
        repr(sorted(ledger)).encode(), repr(sorted(views().items())).encode(), *map(str.encode, map(query, EXTRACTS))
    )
