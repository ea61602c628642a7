"""Fixtures of all tests: the real servers of `tests.parts`, and the Spark of `tests.spark`.

And what none may inherit from another.
"""

import gc
import signal
from collections.abc import Generator
from functools import cache
from typing import Any

import boto3
import botocore.session
import pytest
from hypothesis import HealthCheck, settings

from tests.parts import addresses, dynamodb, kafka, parts_folder, s3
from tests.redshift import redshift
from tests.spark import lake, lake_db, spark
from tests.workers import ByFileAndFixture

__all__ = [
    "addresses",
    "dynamodb",
    "kafka",
    "lake",
    "lake_db",
    "no_session_of_another_test",
    "parts_folder",
    "redshift",
    "s3",
    "spark",
]

# speed is measured in benchmarks/: on a busy machine a deadline, or examples that take long to draw, fail a right test
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# the same code has the same examples: a rare one fails the change that brings it, and no other
settings.register_profile("tillstream", settings.get_profile("unhurried"), derandomize=True)
# `make unit` names it: --hypothesis-profile=unit
settings.register_profile("unit", settings.get_profile("tillstream"), max_examples=25)
# other examples each time, and more of them: `make scale` names it
settings.register_profile("search", settings.get_profile("unhurried"), max_examples=1000)
settings.load_profile("tillstream")

# a shell starts a job in the background with SIGINT ignored, which children inherit: then no Ctrl-C could be tested
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# each of boto3's sessions looks through AWS's descriptions of some 400 services and parses those that it needs anew
botocore.session.create_loader = cache(botocore.session.create_loader)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Collect the tests without looking for garbage, of which there is none: that took a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileAndFixture | None:
    """The scheduler of `make test`, which passes `--dist loadfile`; for other modes pytest-xdist has its own."""
    return ByFileAndFixture(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(autouse=True)
def no_session_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 keeps one session for `boto3.client`, with the keys that the environment held when it was first used."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
