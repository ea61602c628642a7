"""The lake's table by pyiceberg, read file by file in constant memory."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.expressions.parser import parse
from pyiceberg.io.pyarrow import ArrowScan

from operations.errors import NoLakeTable, StoreUnreachable
from stores.target import Target

_JDBC: Final = re.compile(r"jdbc:sqlite:(?P<path>[^?]+)(?:\?.*)?")

Answer = TypeVar("Answer")


class LakeTable:
    """The table at its newest snapshot; raises `StoreUnreachable` if it is missing or cannot be read."""

    def __init__(self, target: Target) -> None:
        self.name = target.lake_table
        self._table = self._asked(lambda: catalog(target).load_table(self.name.split(".", 1)[1]))
        self._snapshot = self._table.metadata.current_snapshot_id

    def schema(self) -> Any:
        """The table's columns as an Arrow schema."""
        return self._table.schema().as_arrow()

    def batches(self, columns: Iterable[str], days: tuple[date, date] | None = None) -> Iterator[Any]:
        """The rows in Arrow batches of these columns, file by file; only those of `days`, both included.

        A file is in memory as a whole, never more than one: pyiceberg by itself reads all files ahead.
        """
        rows = _of(days) if days else AlwaysTrue()
        scan = self._table.scan(row_filter=rows, selected_fields=tuple(columns), snapshot_id=self._snapshot)
        reader = ArrowScan(self._table.metadata, self._table.io, scan.projection(), rows)
        for task in self._asked(lambda: list(scan.plan_files())):
            yield from self._asked(partial(_read, reader, task))

    def keys(self) -> frozenset[str]:
        """The keys of the data files that any snapshot of the table names."""
        files = self._asked(self._table.inspect.all_files)
        # s3://BUCKET/KEY
        return frozenset(path.split("/", 3)[3] for path in files.column("file_path").to_pylist())

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except (NoSuchTableError, NoSuchNamespaceError):
            raise NoLakeTable(f"the lake has no table {self.name} yet: `tillstream job curate` makes it") from None
        except (OSError, BotoCoreError, ClientError) as error:
            raise StoreUnreachable(f"lake table {self.name} cannot be read: {error}") from error


def catalog(target: Target) -> Catalog:
    """The catalog of the table: the laptop's SQLite file, or Glue's."""
    name = target.lake_table.split(".", 1)[0]
    if not target.lake_catalog:
        from pyiceberg.catalog.glue import GlueCatalog

        return GlueCatalog(name, **{"glue.region": target.region, "s3.region": target.region})
    from pyiceberg.catalog.sql import SqlCatalog

    return SqlCatalog(
        name,
        **{
            "uri": sqlite_address(target.lake_catalog),
            "warehouse": f"s3://{target.lake_bucket}",
            "s3.endpoint": target.endpoints["s3"],
            "s3.access-key-id": target.access_key_id,
            "s3.secret-access-key": target.secret_access_key,
            "s3.region": target.region,
            "s3.force-virtual-addressing": "false",
        },
    )


def sqlite_address(jdbc: str) -> str:
    """The SQLAlchemy address of the SQLite file that a JDBC address names.

    >>> sqlite_address("jdbc:sqlite:/data/lake.db?busy_timeout=10000")
    'sqlite:////data/lake.db'
    """
    found = _JDBC.fullmatch(jdbc)
    if found is None:
        raise StoreUnreachable(f"the lake's catalog is not a SQLite file: {jdbc}")
    return f"sqlite:///{found['path']}"


def _of(days: tuple[date, date]) -> BooleanExpression:
    """A filter for InvoiceDates in these days, both included; files of other months are not opened."""
    first, after = days[0], days[1] + timedelta(days=1)
    return parse(f"InvoiceDate >= '{first}T00:00:00' and InvoiceDate < '{after}T00:00:00'")


def _read(reader: ArrowScan, task: Any) -> list[Any]:
    return list(reader.to_record_batches([task]))
