"""A census of real servers, which the real consumers' code has filled."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commerce.paths import NEWEST_VERDICT
from commerce.settings import BrowseSettings, CensusSettings
from commerce.verdicts import PublishedVerdict
from lambdas.census import handler as census
from tests.consumers.environment import set_environment
from tests.consumers.kafka import Context
from tests.operations.real_platform import RealPlatform
from tests.orders import a_line
from tests.parts import S3

pytestmark = pytest.mark.parts

LINES = [a_line(number) for number in range(1, 40)]


@pytest.fixture
def platform(
    kafka: str, dynamodb: str, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RealPlatform]:
    platform = RealPlatform.start(kafka, dynamodb, s3, tmp_path)
    target = platform.target
    names = set(BrowseSettings.__dataclass_fields__)
    settings = CensusSettings(**{name: value for name, value in asdict(target).items() if name in names})
    set_environment(monkeypatch, settings, dynamodb, s3, target.region)
    census._clients.cache_clear()
    yield platform
    census._clients.cache_clear()


def taken(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """The answer of a census, and its log record."""
    capsys.readouterr()
    answer = census.handler({}, Context())
    return answer, json.loads(capsys.readouterr().out)


def test_a_census_is_due_until_the_consumers_have_read_and_then_holds(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.publish(LINES, [b"not an order line"])
    answer, _ = taken(capsys)
    assert answer["outcome"] == "due"
    assert "40 messages are not filed yet; 40 messages are not in the tables yet" in answer["sentence"]
    platform.consume()
    answer, record = taken(capsys)
    assert answer == {
        "outcome": "holds",
        "sentence": "a census of the topic: 40 messages are filed, and each of the newest 39 that were looked up is in "
        "the table",
    }
    assert (record["VerdictBroken"], record["VerdictRows"], record["LakeBucket"]) == (
        0,
        40,
        platform.target.lake_bucket,
    )
    [stored] = [
        json.loads(platform.s3.get_object(Bucket=platform.target.lake_bucket, Key=NEWEST_VERDICT)["Body"].read())
    ]
    assert (stored["outcome"], stored["origin"]) == ("holds", "census")


def test_a_raw_object_that_is_gone_breaks_the_verdict_and_so_does_a_line(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.publish(LINES)
    platform.consume()
    bucket, target = platform.target.lake_bucket, platform.target
    keys = [it["Key"] for it in platform.s3.list_objects_v2(Bucket=bucket, Prefix="raw/")["Contents"]]
    platform.s3.delete_object(Bucket=bucket, Key=keys[-1])
    items = platform.dynamodb.scan(TableName=target.invoices_table)["Items"]
    platform.dynamodb.delete_item(
        TableName=target.invoices_table, Key={name: items[0][name] for name in ("InvoiceNo", "LineKey")}
    )
    answer, record = taken(capsys)
    assert (answer["outcome"], record["VerdictBroken"]) == ("lost", 1)
    assert "1 of the newest" in answer["sentence"]
    assert "is gone or another one" in answer["sentence"]


def test_a_broken_verdict_on_files_stands_and_is_measured_again(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = PublishedVerdict("lost", datetime(2026, 1, 1, tzinfo=UTC), "5 rows are lost", [])
    where = {"Bucket": platform.target.lake_bucket, "Key": NEWEST_VERDICT}
    platform.s3.put_object(**where, Body=msgspec.json.encode(lost))
    answer, record = taken(capsys)
    assert (answer["outcome"], record["VerdictBroken"], record["published"]) == ("holds", 1, False)
    assert msgspec.json.decode(platform.s3.get_object(**where)["Body"].read(), type=PublishedVerdict) == lost
