"""`python -m local.permissions FILE`: serves the fronts of S3 and DynamoDB of the run in FILE, a `RunConfig`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp

from local.config import RunConfig
from local.http import serve
from local.permissions.book import Book
from local.permissions.front import DynamoDBFront, S3Front
from local.permissions.records import STORES, record_of
from local.serving import main
from local.sigv4 import Keys


@asynccontextmanager
async def serving(config: RunConfig) -> AsyncIterator[None]:
    """Serve both fronts inside the block."""
    book, stores = Book(config, record_of(config.state, STORES)), config.endpoints
    connector, patient = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=patient, auto_decompress=False) as session:
        fronts = {
            "s3": S3Front(book, stores["s3"], session),
            "dynamodb": DynamoDBFront(
                book,
                stores["dynamodb"],
                session,
                laptop=Keys(config.access_key_id, config.secret_access_key),
                region=config.region,
                account=config.platform.account,
            ),
        }
        runners = [
            (await serve(front, urlsplit(config.held_endpoints[name]).port or 0))[0] for name, front in fronts.items()
        ]
        try:
            yield
        finally:
            await asyncio.gather(*(runner.cleanup() for runner in runners))


if __name__ == "__main__":
    sys.exit(main("local.permissions", serving, sys.argv[1:]))
