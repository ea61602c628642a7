"""The job in a separate process, which kills itself (-9) at one step.

python -m tests.glue_jobs.load_warehouse.dying STEP BUCKET WORKGROUP DATABASE SECRET
"""

import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from commerce.batches.copy_manifest import CopyManifest
from commerce.paths import SALES_MANIFEST
from glue_jobs.load_warehouse.job import LoadWarehouse
from local.glue.spark import laptop_conf
from stores.redshift.warehouse import Warehouse, warehouse
from stores.s3.batches import Batches
from stores.s3.extracts import Extracts
from stores.s3.transfers import patient, s3

STAGED, LISTED, RUNNING, LOADED, PUBLISHING = "staged", "listed", "running", "loaded", "publishing"
"""The step of its death: before the COPY manifest, after it, once the transaction is submitted, or has ended.

`PUBLISHING` is that before the manifest of the sales extracts.
"""


def die() -> None:
    """Kill this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingBatches(Batches):
    """Dies before or after it writes the COPY manifest."""

    def put_copy_manifest(self, batch: str, manifest: CopyManifest) -> None:
        if STEP == STAGED:
            die()
        Batches.put_copy_manifest(self, batch, manifest)
        if STEP == LISTED:
            die()


class DyingWarehouse(Warehouse):
    """Dies once a load's transaction is submitted, or once it has ended."""

    def _ended(self, statement: str, name: str = "") -> Any:
        if STEP == RUNNING and name.startswith("load-"):
            die()
        return super()._ended(statement, name)

    def batch(self, statements: Sequence[str], token: str, *, name: str = "") -> tuple[int, ...]:
        counts = super().batch(statements, token, name=name)
        if STEP == LOADED and name.startswith("load-"):
            die()
        return counts


class DyingExtracts(Extracts):
    """Dies before it writes the manifest."""

    def _put(self, key: str, body: bytes, **properties: str) -> None:
        if key == SALES_MANIFEST:
            die()
        Extracts._put(self, key, body, **properties)


class LazySpark:
    """Spark, started when it is needed: staged lines need none."""

    def __getattr__(self, name: str) -> Any:
        from pyspark.sql import SparkSession

        settings = laptop_conf({"spark.sql.session.timeZone": "UTC"}, Path("unused.db"), Path(tempfile.gettempdir()))
        builder = SparkSession.builder
        for setting, value in settings.items():
            builder = builder.config(setting, value)
        return getattr(builder.getOrCreate(), name)


if __name__ == "__main__":
    STEP, bucket, *place = sys.argv[1:]
    into = warehouse(*place, deadline_seconds=600)
    into.__class__ = DyingWarehouse
    load = LoadWarehouse(LazySpark(), bucket, into)  # type: ignore[arg-type]
    load._batches = DyingBatches(s3(), bucket, patient())
    if STEP == PUBLISHING:
        load._extracts = DyingExtracts(s3(), bucket, patient())
    load.run()
