"""The function browse on real servers, which the real consumers' code has filled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commerce.settings import BrowseSettings
from lambdas.browse import handler as browse
from lambdas.browse.looks import topic
from tests.consumers.environment import set_environment
from tests.operations.real_platform import RealPlatform
from tests.parts import S3


@pytest.fixture
def platform(
    kafka: str, dynamodb: str, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RealPlatform]:
    """An empty platform, and the function started with it as in a fresh execution environment."""
    platform = RealPlatform.start(kafka, dynamodb, s3, tmp_path)
    target = platform.target
    settings = BrowseSettings(
        bootstrap_servers=target.bootstrap_servers,
        kafka_security=target.kafka_security,
        topic=target.topic,
        cluster=target.cluster,
        raw_archive_group=target.raw_archive_group,
        order_tables_group=target.order_tables_group,
        lake_bucket=target.lake_bucket,
        offsets_table=target.offsets_table,
        invoices_table=target.invoices_table,
    )
    set_environment(monkeypatch, settings, dynamodb, s3, target.region)
    # of a busy machine: a function of its own time-out has fewer
    monkeypatch.setattr(browse, "_KAFKA_SECONDS", 300.0)
    monkeypatch.setattr(topic, "SEARCH_SECONDS", 300.0)
    forget()
    yield platform
    forget()


def forget() -> None:
    """Let the next call begin as in a fresh execution environment."""
    browse._clients.cache_clear()
    browse._last.clear()
