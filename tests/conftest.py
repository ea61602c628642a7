"""What every test may ask for: the real servers of `tests.parts`."""

import pytest

from tests.parts import dynamodb, kafka, parts_folder, s3

__all__ = ["dynamodb", "kafka", "parts_folder", "pytest_configure", "s3"]


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of tests that run real servers."""
    config.addinivalue_line("markers", "parts: runs real servers (Kafka, DynamoDB Local, S3Proxy) or CDK; slower")
