"""A database with our tables, and batches staged for it as load_warehouse does, without Spark."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from commerce import columns
from commerce.batches.copy_manifest import CopyManifest, Part, copy_manifest
from commerce.batches.paths import copy_manifest_key, warehouse_key
from commerce.lines import OrderLine
from glue_jobs.load_warehouse.tasks import write
from glue_jobs.staging import record_batch
from stores.redshift.warehouse import Warehouse
from stores.s3.batches import Batches
from tests.redshift import Redshift
from warehouse import loading
from warehouse.loading import Load
from warehouse.migrating import migrate

BATCH = "20101201T082600Z-00ff"


def a_warehouse(redshift: Redshift, deadline_seconds: float = 600) -> Warehouse:
    """A client of the test's database."""
    place = redshift.workgroup, redshift.database, redshift.secret
    return Warehouse(redshift.client, *place, deadline_seconds=deadline_seconds)


@dataclass
class Handover:
    """An empty bucket beside a database that has our tables and no line."""

    redshift: Redshift
    folder: Path
    bucket: str = field(default_factory=lambda: f"lake-{uuid4().hex[:12]}")

    def __post_init__(self) -> None:
        self.warehouse = a_warehouse(self.redshift)
        self.redshift.s3.create_bucket(Bucket=self.bucket)
        self.batches = Batches(self.redshift.s3, self.bucket)
        migrate(self.warehouse)

    def put(self, *parts: Sequence[OrderLine], batch: str = BATCH) -> CopyManifest:
        """Put these lines, a file each, and their COPY manifest."""
        listed = [self._put(warehouse_key(batch, number), lines) for number, lines in enumerate(parts)]
        manifest = copy_manifest(self.bucket, listed)
        self.batches.put_copy_manifest(batch, manifest)
        return manifest

    def _put(self, key: str, lines: Sequence[OrderLine]) -> Part:
        path = self.folder / "part.parquet"
        write([record_batch(list(lines))], path)
        self.redshift.s3.upload_file(str(path), self.bucket, key)
        return Part(key, path.stat().st_size, len(lines))

    def load(self, lines: int, batch: str = BATCH) -> Load:
        """The load of the lines that `put` staged."""
        return Load(batch, self.bucket, copy_manifest_key(batch), lines)

    def run(self, load: Load) -> tuple[int, ...]:
        """Run the load, with a unique token."""
        return self.warehouse.batch(loading.statements(load), uuid4().hex)

    def lines(self) -> list[OrderLine]:
        """All lines of the table, by LineId."""
        found = self.warehouse.query(f"SELECT {', '.join(columns.NAMES)} FROM order_lines ORDER BY LineId").rows
        return [columns.line(*row) for row in found]

    def ledger(self) -> list[tuple[Any, ...]]:
        """Batch, lines staged, lines, lines added, by batch."""
        return sorted(self.warehouse.query(loading.loaded()).rows)


def by_id(*lines: Sequence[OrderLine]) -> list[OrderLine]:
    """These lines, each once, by LineId."""
    found = {line.LineId: line for some in lines for line in some}
    return [found[line_id] for line_id in sorted(found)]
