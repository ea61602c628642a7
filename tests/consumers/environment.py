"""The environment of a function that asks DynamoDB and S3."""

from typing import Any

import pytest

from commerce.settings import to_env
from tests.parts import S3


def set_environment(
    monkeypatch: pytest.MonkeyPatch, settings: Any, dynamodb: str, s3: S3, region: str = "us-east-1"
) -> None:
    """Set the environment variables of the function's template, for these servers."""
    environment = {
        **to_env(settings),
        "AWS_ENDPOINT_URL_S3": s3.endpoint,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_ACCESS_KEY_ID": s3.access_key_id,
        "AWS_SECRET_ACCESS_KEY": s3.secret_access_key,
        "AWS_DEFAULT_REGION": region,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
