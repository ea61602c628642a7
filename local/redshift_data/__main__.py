"""`python -m local.redshift_data FILE`: serves the Redshift of the platform that FILE (a `RunConfig`) describes.

Tells its supervisor when it serves. SIGTERM stops it; a transaction that runs then is rolled back.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from local.config import RunConfig
from local.http import serve
from local.permissions.book import Book
from local.permissions.records import WAREHOUSE, record_of
from local.platform import Warehouse
from local.redshift_data.api.operations import DataApi
from local.redshift_data.api.service import Service
from local.redshift_data.copy.objects import Bucket
from local.redshift_data.engine.database import Database
from local.serving import main
from local.sigv4 import Keys


def service_of(config: RunConfig) -> tuple[Service, DataApi]:
    """The service over the databases of this run."""
    keys = Keys(config.access_key_id, config.secret_access_key)
    warehouses = {
        it.workgroup: (it, Database(_file(config, it, number), _bucket(config.as_role(it.role))))
        for number, it in enumerate(config.platform.warehouses)
    }
    api = DataApi(warehouses)
    book = Book(config, record_of(config.state, WAREHOUSE)) if config.role_keys else None
    return Service(api, keys, config.region, book, {it.workgroup: it.arn for it in config.platform.warehouses}), api


def _bucket(config: RunConfig) -> Bucket:
    """The laptop's S3 as the role of a warehouse's COPY reaches it."""
    return Bucket.at(config.endpoints["s3"], config.region, config.access_key_id, config.secret_access_key)


def _file(config: RunConfig, warehouse: Warehouse, number: int) -> Path | None:
    file = config.warehouse_db
    return file.with_stem(f"{file.stem}-{warehouse.workgroup}") if file is not None and number else file


@asynccontextmanager
async def serving(config: RunConfig) -> AsyncIterator[None]:
    """Serve the Data API inside the block."""
    service, api = service_of(config)
    runner, _ = await serve(service, config.redshift_port)
    try:
        yield
    finally:
        await runner.cleanup()
        api.close()


if __name__ == "__main__":
    code = main("local.redshift_data", serving, sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
