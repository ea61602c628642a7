"""What every test may ask for: the real servers of `tests.parts`, and the Spark of `tests.spark`.

And what none may inherit from another.
"""

import boto3
import pytest

from tests.parts import dynamodb, kafka, parts_folder, s3
from tests.spark import lake, lake_db, spark

__all__ = ["dynamodb", "kafka", "lake", "lake_db", "no_session_of_another_test", "parts_folder", "s3", "spark"]


@pytest.fixture(autouse=True)
def no_session_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 keeps one session for `boto3.client`, with the keys that the environment held when it was first used."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
