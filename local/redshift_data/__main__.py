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
    bucket = Bucket.at(config.endpoints["s3"], config.region, keys.access_key_id, keys.secret_access_key)
    warehouses = {
        it.workgroup: (it, Database(_file(config, it, number), bucket))
        for number, it in enumerate(config.platform.warehouses)
    }
    api = DataApi(warehouses)
    return Service(api, keys, config.region), api


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
