"""The laptop's CloudWatch beside a platform of tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.cloudwatch.service import CloudWatch
from local.sigv4 import Keys
from tests.local.cloudwatch.test_service import PLATFORM
from tests.operations.real_platform import RealPlatform
from tests.redshift import serving


@contextmanager
def cloudwatch(platform: RealPlatform, logs: Path) -> Iterator[Any]:
    """A client of the laptop's CloudWatch, which the platform has inside the block."""
    target = platform.target
    keys = Keys(target.access_key_id, target.secret_access_key)
    service = CloudWatch(PLATFORM, logs, keys, target.region, since=0, scheduled=bool)
    with serving(service) as port:
        endpoints = {**target.endpoints, "cloudwatch": f"http://127.0.0.1:{port}"}
        with_it = replace(target, endpoints=endpoints)
        with_it.save(platform.home / ".tillstream")
        yield with_it.client("cloudwatch")
