"""A laptop's Redshift for tests, over the session's S3: `redshift` gives each test an empty database of its own.

It runs in this process and answers real signed requests. Tests that use it are marked `@pytest.mark.parts`.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from aiohttp import web

from local.http import serve
from local.platform import Warehouse
from local.redshift_data.api.operations import DataApi
from local.redshift_data.api.service import Service
from local.redshift_data.copy.objects import Bucket
from local.redshift_data.engine.database import Database
from local.sigv4 import Keys
from tests.parts import S3

REGION = "eu-central-1"
WAREHOUSE = Warehouse(
    "tillstream-test",
    "tillstream_test",
    f"arn:aws:secretsmanager:{REGION}:000000000000:secret:redshift!tillstream-test",
)


@dataclass(frozen=True, slots=True)
class Redshift:
    """A running workgroup: `client` is boto3's redshift-data, `s3` boto3's S3 that COPY reads from."""

    client: Any
    s3: Any
    endpoint: str
    access_key_id: str
    secret_access_key: str
    region: str = REGION
    workgroup: str = WAREHOUSE.workgroup
    database: str = WAREHOUSE.database
    secret: str = WAREHOUSE.secret

    def run(self, *sqls: str, **parameters: str) -> list[tuple[Any, ...]]:
        """Run the statements as one batch, or the only one alone; the last result's rows. Raises `AssertionError`."""
        described = self.finished(self.submit(*sqls, **parameters))
        assert described["Status"] == "FINISHED", described.get("Error")
        last = described["Id"] if len(sqls) == 1 else f"{described['Id']}:{len(sqls)}"
        with_result = described if len(sqls) == 1 else described["SubStatements"][-1]
        return self.rows(last) if with_result["HasResultSet"] else []

    def error(self, *sqls: str, **parameters: str) -> str:
        """Run the statements, which must fail; the error's text."""
        described = self.finished(self.submit(*sqls, **parameters))
        assert described["Status"] == "FAILED", described
        return str(described["Error"])

    def submit(self, *sqls: str, token: str | None = None, **parameters: str) -> str:
        """Submit the statements; returns the id."""
        request: dict[str, Any] = {"WorkgroupName": self.workgroup, "Database": self.database, "SecretArn": self.secret}
        if token:
            request["ClientToken"] = token
        if parameters:
            request["Parameters"] = [{"name": name, "value": value} for name, value in parameters.items()]
        if len(sqls) == 1:
            return str(self.client.execute_statement(Sql=sqls[0], **request)["Id"])
        return str(self.client.batch_execute_statement(Sqls=list(sqls), **request)["Id"])

    def finished(self, identity: str) -> dict[str, Any]:
        """The description of a finished statement."""
        while True:
            described: dict[str, Any] = self.client.describe_statement(Id=identity, WaitTimeSeconds=30)
            if described["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                return described

    def rows(self, identity: str) -> list[tuple[Any, ...]]:
        """All rows of a result, NULL as None, every page."""
        pages = self.client.get_paginator("get_statement_result").paginate(Id=identity)
        return [tuple(map(_value, record)) for page in pages for record in page["Records"]]


def _value(field: dict[str, Any]) -> Any:
    ((name, value),) = field.items()
    return None if name == "isNull" else value


@pytest.fixture
def redshift(s3: S3) -> Iterator[Redshift]:
    """An empty database, in memory."""
    with running_redshift(s3) as redshift:
        yield redshift


@contextmanager
def running_redshift(s3: S3, file: Path | None = None) -> Iterator[Redshift]:
    """The server until the block ends, over the database in `file`, or in memory."""
    keys = Keys(s3.access_key_id, s3.secret_access_key)
    database = Database(file, Bucket.at(s3.endpoint, REGION, s3.access_key_id, s3.secret_access_key))
    api = DataApi({WAREHOUSE.workgroup: (WAREHOUSE, database)})
    with serving(Service(api, keys, REGION)) as port:
        session = boto3.session.Session(
            aws_access_key_id=keys.access_key_id, aws_secret_access_key=keys.secret_access_key, region_name=REGION
        )
        endpoint = f"http://127.0.0.1:{port}"
        client = session.client("redshift-data", endpoint_url=endpoint)
        storage = session.client("s3", endpoint_url=s3.endpoint)
        yield Redshift(client, storage, endpoint, keys.access_key_id, keys.secret_access_key)
    api.close()
    database.close()


@contextmanager
def serving(service: Callable[[web.BaseRequest], Any]) -> Iterator[int]:
    """An HTTP server for `service`, until the block ends; its port."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    served: Future[Any] = asyncio.run_coroutine_threadsafe(serve(service, 0), loop)
    runner, port = served.result(300)
    try:
        yield port
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(300)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(300)
        loop.close()


def put_manifest(redshift: Redshift, bucket: str, key: str, urls: Sequence[tuple[str, int]]) -> str:
    """Write a COPY manifest of (URL, bytes); its own URL."""
    import json

    entries = [{"url": url, "mandatory": True, "meta": {"content_length": length}} for url, length in urls]
    redshift.s3.put_object(Bucket=bucket, Key=key, Body=json.dumps({"entries": entries}).encode())
    return f"s3://{bucket}/{key}"
