"""Spark's Python workers behind gates: their requests to S3 and DynamoDB are seen, delayed, cut, or kill them."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from stores.s3 import transfers
from tests.gate import Gate, gate
from tests.parts import S3
from tests.spark import Lake


@dataclass(frozen=True)
class Gates:
    """The gates between a job, driver and workers, and its stores; Spark's own JVM does without."""

    objects: Gate
    tables: Gate
    environment: dict[str, str]
    """The workers' variables; workers start again for an environment that none has yet."""

    def kill_workers(self) -> None:
        """Kill -9 every Python worker of the job: those whose environment names our gate."""
        mark = f"AWS_ENDPOINT_URL_S3={self.objects.endpoint}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        os.kill(int(entry.name), signal.SIGKILL)
                except OSError:
                    continue
        # the next run gets workers of its own: Spark would give it some of the dead ones
        self.environment["TILLSTREAM_RUN"] = uuid4().hex


@pytest.fixture(scope="module")
def gates_of_the_module(spark: Any, s3: S3, dynamodb: str) -> Iterator[Gates]:
    environment = spark.sparkContext.environment
    with gate(s3.endpoint) as objects, gate(dynamodb) as tables, pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("AWS_ENDPOINT_URL_S3", objects.endpoint),
            ("AWS_ENDPOINT_URL_DYNAMODB", tables.endpoint),
            ("TILLSTREAM_RUN", uuid4().hex),
        ):
            patch.setitem(environment, name, value)
        yield Gates(objects, tables, environment)


@pytest.fixture
def gates(gates_of_the_module: Gates, lake: Lake, dynamodb: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gates]:
    """Open gates, one between this process and S3 too; a test may set their watches and servers."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", gates_of_the_module.objects.endpoint)
    transfers.s3.cache_clear()
    yield gates_of_the_module
    transfers.s3.cache_clear()
    gates_of_the_module.tables.server = dynamodb
    for each in (gates_of_the_module.objects, gates_of_the_module.tables):
        each.reset()
