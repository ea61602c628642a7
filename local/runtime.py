"""Serves a platform's functions and APIs, and CloudWatch: `python -m local.runtime CONFIG.json`.

One event loop for the gateway, Lambda's Invoke API, CloudWatch's and the workers' Runtime APIs. Tells its supervisor
when all of it serves, and ends on SIGTERM or SIGINT: requests under way get some seconds, then the workers are killed.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time
from typing import Final

from local.api_gateway.gateway import Gateway
from local.api_gateway.server import GatewayServer
from local.cloudwatch.service import CloudWatch
from local.config import RunConfig
from local.http import serve
from local.lambda_runtime.environment import ExecutionEnvironment
from local.lambda_runtime.invoke_api import InvokeApi
from local.lambda_runtime.service import LambdaService
from local.parts.programs import SCHEDULES
from local.serving import main
from local.sigv4 import Keys
from local.state import State

DRAIN_SECONDS: Final = 3.0
"""Seconds, used twice at most, since aiohttp waits for requests and then for connections; the supervisor waits 10 s."""


@asynccontextmanager
async def serving(config: RunConfig) -> AsyncIterator[tuple[int, int]]:
    """Serve inside the block; yields the ports of the gateway and of the Invoke API."""
    platform = config.platform
    service = LambdaService(platform.functions, ExecutionEnvironment.of(config))
    keys = Keys(config.access_key_id, config.secret_access_key)
    gateway = Gateway(
        platform.apis,
        service,
        keys=keys,
        region=config.region,
        account=platform.account,
    )
    gateway_runner, gateway_port = await serve(GatewayServer(gateway), config.gateway_port, drain_seconds=DRAIN_SECONDS)
    lambda_runner, lambda_port = await serve(
        InvokeApi(service, keys, config.region), config.lambda_port, drain_seconds=DRAIN_SECONDS
    )
    cloudwatch_runner, _ = await serve(cloudwatch(config, keys), config.cloudwatch_port)
    try:
        yield gateway_port, lambda_port
    finally:
        await asyncio.gather(gateway_runner.cleanup(), lambda_runner.cleanup(), cloudwatch_runner.cleanup())
        await service.stop()


def cloudwatch(config: RunConfig, keys: Keys) -> CloudWatch:
    """CloudWatch over the logs of this run, which begins now."""
    state = State(config.state)

    def scheduled() -> bool:
        run = state.run()
        return run is not None and any(part.name == SCHEDULES for part in run.parts)

    return CloudWatch(config.platform, state.root / "logs", keys, config.region, since=time(), scheduled=scheduled)


if __name__ == "__main__":
    sys.exit(main("local.runtime", serving, sys.argv[1:]))
