"""The function browse on real servers, which the real consumers' code has filled."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commerce.settings import BrowseSettings, to_env
from lambdas.browse import handler as browse
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
    environment = {
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_ENDPOINT_URL_S3": s3.endpoint,
        "AWS_ACCESS_KEY_ID": s3.access_key_id,
        "AWS_SECRET_ACCESS_KEY": s3.secret_access_key,
        "AWS_DEFAULT_REGION": target.region,
    }
    for name, value in (environment | to_env(settings)).items():
        monkeypatch.setenv(name, value)
    forget()
    yield platform
    forget()


def forget() -> None:
    """Let the next call begin as in a fresh execution environment."""
    browse._clients.cache_clear()
    browse._last.clear()
