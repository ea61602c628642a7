"""Spark's Python workers behind gates: what they ask of S3 and DynamoDB is seen, held up, cut, or the end of them."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from stores import transfers
from tests.gate import Gate, gate
from tests.parts import S3


@dataclass(frozen=True)
class Gates:
    """The gates between a job, driver and workers, and its stores."""

    objects: Gate
    tables: Gate
    environment: dict[str, str]
    """The workers' variables; they are started anew for an environment that none has yet."""

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


@contextmanager
def gated(spark: Any, s3: S3, dynamodb: str) -> Iterator[Gates]:
    """Jobs of this process and their workers reach S3 and DynamoDB by gates alone; Spark's own JVM does without."""
    with ExitStack() as open_, pytest.MonkeyPatch.context() as patch:
        environment = spark.sparkContext.environment
        gates = Gates(open_.enter_context(gate(s3.endpoint)), open_.enter_context(gate(dynamodb)), environment)
        patch.setitem(environment, "TILLSTREAM_RUN", uuid4().hex)
        for name, way in (("S3", gates.objects), ("DYNAMODB", gates.tables)):
            patch.setitem(environment, f"AWS_ENDPOINT_URL_{name}", way.endpoint)
        patch.setenv("AWS_ENDPOINT_URL_S3", gates.objects.endpoint)
        transfers.s3.cache_clear()
        try:
            yield gates
        finally:
            transfers.s3.cache_clear()
