"""`python -m local.redshift_data FILE`: serves the Redshift of the platform that FILE (a `RunConfig`) describes.

Tells its supervisor when it serves. SIGTERM stops it; a transaction that runs then is rolled back.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from local.config import RunConfig
from local.http import serve
from local.log_records import log_to_stderr
from local.platform import Warehouse
from local.readiness import tell_ready
from local.redshift_data.api.operations import DataApi
from local.redshift_data.api.service import Service
from local.redshift_data.copy.objects import Bucket
from local.redshift_data.engine.database import Database
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


async def run(config: RunConfig) -> None:
    """Serve until SIGTERM or SIGINT."""
    service, api = service_of(config)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner, _ = await serve(service, config.redshift_port)
    tell_ready()
    await stop.wait()
    await runner.cleanup()
    api.close()


def main(arguments: Sequence[str]) -> int:
    """Run the server; returns the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m local.redshift_data FILE\n")
        return 2
    log_to_stderr()
    asyncio.run(run(RunConfig.load(Path(arguments[0]))))
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
