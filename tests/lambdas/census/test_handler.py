"""A census of real servers, which the real consumers' code has filled."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.cimpl import NewPartitions

from commerce import wire
from commerce.erasures import Erasure
from commerce.paths import NEWEST_VERDICT
from commerce.settings import BrowseSettings, CensusSettings
from commerce.verdicts import PublishedVerdict
from lambdas.census import counting
from lambdas.census import handler as census
from stores.dynamodb.items import key_of, line_item
from stores.dynamodb.tables import Tables
from stores.s3 import erasures
from stores.s3.objects import Lake
from tests.brokers import await_served
from tests.consumers.environment import set_environment
from tests.consumers.kafka import Context
from tests.operations.real_platform import PARTITIONS, RealPlatform
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


def test_what_a_census_found_lost_stays_lost_behind_newer_rows_until_its_place_is_whole(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LOOKED_UP", 3)
    bucket, target = platform.target.lake_bucket, platform.target
    platform.publish(LINES)
    platform.consume()
    key = max(it["Key"] for it in platform.s3.list_objects_v2(Bucket=bucket, Prefix="raw/")["Contents"])
    taken_away = platform.s3.get_object(Bucket=bucket, Key=key)
    platform.s3.delete_object(Bucket=bucket, Key=key)
    newest = max(platform.messages(), key=lambda it: it.offset() or 0)
    line = wire.decode(newest.value() or b"")
    platform.dynamodb.delete_item(TableName=target.invoices_table, Key=key_of(line))
    first, _ = taken(capsys)
    assert first["outcome"] == "lost"
    platform.publish([a_line(number) for number in range(100, 160)])
    platform.read_on()
    then, record = taken(capsys)
    assert (then["outcome"], record["VerdictBroken"], record["published"]) == ("lost", 1, True)
    assert "is gone or another one" in then["sentence"]
    assert "1 lines of" in then["sentence"]
    put = {"Bucket": bucket, "Key": key, "Body": taken_away["Body"].read(), "Metadata": taken_away["Metadata"]}
    platform.s3.put_object(**put)
    half, _ = taken(capsys)
    assert (half["outcome"], "is gone or another one" in half["sentence"]) == ("lost", False)
    platform.dynamodb.put_item(TableName=target.invoices_table, Item=line_item(line))
    assert taken(capsys)[0]["outcome"] == "holds"


def test_a_verdict_that_is_published_while_a_census_counts_is_not_overwritten(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = PublishedVerdict("lost", datetime(2026, 1, 1, tzinfo=UTC), "5 rows are lost", [])
    where = {"Bucket": platform.target.lake_bucket, "Key": NEWEST_VERDICT}
    once = iter([True])

    def counted(*given: Any) -> Any:
        if next(once, False):
            platform.s3.put_object(**where, Body=msgspec.json.encode(lost))
        return counting.counts(*given)

    monkeypatch.setattr(census, "counts", counted)
    _, record = taken(capsys)
    assert (record["VerdictBroken"], record["published"]) == (1, False)
    assert msgspec.json.decode(platform.s3.get_object(**where)["Body"].read(), type=PublishedVerdict) == lost


def test_partitions_that_the_topic_gets_while_the_function_is_warm_are_counted(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.publish(LINES)
    assert taken(capsys)[1]["VerdictRows"] == len(LINES)
    topic = platform.target.topic
    platform.admin.create_partitions([NewPartitions(topic, PARTITIONS + 1)])[topic].result(300)
    await_served(platform.admin, topic, PARTITIONS + 1)
    producer = Producer({"bootstrap.servers": platform.target.bootstrap_servers})
    producer.produce(topic, wire.encode(LINES[0]), partition=PARTITIONS)
    assert producer.flush(300) == 0
    assert taken(capsys)[1]["VerdictRows"] == len(LINES) + 1


def test_a_broken_verdict_on_files_stands_and_is_measured_again(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = PublishedVerdict("lost", datetime(2026, 1, 1, tzinfo=UTC), "5 rows are lost", [])
    where = {"Bucket": platform.target.lake_bucket, "Key": NEWEST_VERDICT}
    platform.s3.put_object(**where, Body=msgspec.json.encode(lost))
    answer, record = taken(capsys)
    assert (answer["outcome"], record["VerdictBroken"], record["published"]) == ("holds", 1, False)
    assert msgspec.json.decode(platform.s3.get_object(**where)["Body"].read(), type=PublishedVerdict) == lost


def test_a_line_that_was_erased_is_not_missed(platform: RealPlatform, capsys: pytest.CaptureFixture[str]) -> None:
    platform.publish(LINES)
    platform.consume()
    target = platform.target
    tables = Tables(platform.dynamodb, target.invoices_table, target.customers_table)
    tables.remove(LINES[:5])
    assert taken(capsys)[0]["outcome"] == "lost"
    record = Erasure("20101201T000000Z-0000", datetime(2010, 12, 1, tzinfo=UTC), tuple(it.LineId for it in LINES[:5]))
    erasures.put(Lake(platform.s3, target.lake_bucket), record)
    assert taken(capsys)[0] == {
        "outcome": "holds",
        "sentence": "a census of the topic: 39 messages are filed, and each of the newest 34 that were looked up is in "
        "the table",
    }
