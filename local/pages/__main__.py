"""Serves the web pages: `python -m local.pages CONFIG.json`.

A process of its own, so that the pages can say which other one does not answer. Ends on SIGTERM or SIGINT.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession

from local.api_gateway.gateway import SERVICE
from local.api_gateway.server import GatewayServer
from local.config import RunConfig
from local.http import serve
from local.pages.admission import Admission
from local.pages.forwarding import Forwarding
from local.pages.laptop import Laptop
from local.pages.reconciliation import Reconciliation
from local.pages.server import PageServer
from local.serving import main
from local.sigv4 import Keys, Scope, Signer
from local.state import State
from web.building import BUILT


@asynccontextmanager
async def serving(config: RunConfig, folder: Path = BUILT) -> AsyncIterator[None]:
    """Serve the pages of `folder` inside the block."""
    keys = Keys(config.access_key_id, config.secret_access_key)
    async with ClientSession(auto_decompress=False) as session:
        signer = Signer(keys, Scope(config.region, SERVICE))
        forwarding = Forwarding(session, config.platform.outputs["ApiUrl"], signer)
        reconciliation = Reconciliation()
        admission, laptop = (
            Admission(config.pages_key, config.pages_port),
            Laptop(State(config.state), reconciliation),
        )
        pages = PageServer(folder, admission, forwarding, laptop)
        runner, _ = await serve(GatewayServer(pages), config.pages_port)
        try:
            yield
        finally:
            await runner.cleanup()
            await reconciliation.stop()


if __name__ == "__main__":
    sys.exit(main("local.pages", serving, sys.argv[1:]))
