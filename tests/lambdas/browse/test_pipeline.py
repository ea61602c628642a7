"""The state of the pipeline: its decisions, and on real servers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commerce.batches.records import Manifest, Outcome
from commerce.quarantine import refused_file
from lambdas.browse import handler as browse
from lambdas.browse.pipeline import Consumer, PartitionBounds, consumer, lines_total
from stores.s3.batches import Batches
from tests.lambdas.browse.conftest import forget
from tests.lambdas.calls import Reply, call
from tests.operations.real_platform import PARTITIONS, RealPlatform
from tests.orders import a_line

NOW = datetime(2010, 12, 1, 8, 30, tzinfo=UTC)
BOUNDS = [PartitionBounds(0, 5, 9), PartitionBounds(1, 0, 7)]
NOTHING = Outcome((), (), (), (), ())


def state(first: dict[int, int], *, waited: timedelta | None = None, members: int = 1) -> tuple[int, str]:
    oldest = None if waited is None else NOW - waited
    found: Consumer = consumer("name", "group", BOUNDS, first, oldest=oldest, members=members, now=NOW)
    return found.behind, str(found.state)


def test_a_group_that_read_everything_is_ok_and_one_that_did_not_is_behind() -> None:
    assert state({}) == (0, "ok")
    assert state({0: 6, 1: 5}, waited=timedelta(minutes=2)) == (5, "behind")


def test_a_group_whose_oldest_message_waits_for_minutes_is_stalled_and_one_that_nobody_polls_is_stopped() -> None:
    assert state({0: 6}, waited=timedelta(minutes=4)) == (3, "stalled")
    assert state({0: 6}, waited=timedelta(minutes=4), members=0) == (3, "stopped")
    assert state({}, members=0) == (0, "stopped")


def test_the_lakes_lines_are_those_of_the_newest_batch_that_appended_any() -> None:
    assert lines_total([]) == 0
    assert lines_total([Manifest("a", 1, 7, NOTHING, 7), Manifest("b", None, 0, NOTHING)]) == 7
    assert lines_total([Manifest("a", 1, 7, NOTHING)]) is None
    assert lines_total([Manifest("b", None, 0, NOTHING)]) is None


def get_pipeline() -> Reply:
    forget()
    return call(browse.handler, "GET", "/pipeline")


def test_a_parameter_is_refused() -> None:
    assert call(browse.handler, "GET", "/pipeline", query={"limit": "1"}).status == 400


@pytest.mark.parts
class TestOnRealServers:
    def test_an_empty_platform_has_nothing_and_its_groups_nobody(self, platform: RealPlatform) -> None:
        found = get_pipeline().body
        assert found["topic"] == {
            "name": platform.target.topic,
            "messages": 0,
            "newest_at": None,
            "partitions": [{"partition": it, "start": 0, "end": 0} for it in range(PARTITIONS)],
        }
        assert [(it["name"], it["behind"], it["oldest_at"], it["state"]) for it in found["consumers"]] == [
            ("raw-archive", 0, None, "stopped"),
            ("order-tables", 0, None, "stopped"),
        ]
        assert counts(found) == {"topic": 0, "s3": 0, "dynamodb": 0, "lake": 0, "warehouse": 0}
        assert (found["files"], found["verdict"]) == ([], None)
        assert [(it["name"], it["last_batch"], it["waiting"]) for it in found["jobs"]] == [
            ("curate", None, None),
            ("load_tables", None, 0),
            ("load_warehouse", None, 0),
        ]
        assert found["quarantine"] == {"records": 0, "decisions": 0, "complete": True}

    def test_rows_are_counted_in_each_store_as_far_as_they_came(self, platform: RealPlatform) -> None:
        platform.publish([a_line(number) for number in range(1, 6)], [b"not an order line"])
        assert [it["behind"] for it in get_pipeline().body["consumers"]] == [6, 6]
        platform.consume()
        platform.publish([a_line(6)])
        batches = Batches(platform.s3, platform.target.lake_bucket)
        for batch, added, total in (("20101201T082600Z-0001", 3, 3), ("20101201T092600Z-0002", 2, 5)):
            batches.put_manifest(Manifest(batch, 1, added, NOTHING, total))
        refused = refused_file("day.csv", "no such delimiter").line * 3
        platform.s3.put_object(
            Bucket=platform.target.lake_bucket, Key="quarantine/bulk/day.csv/00ff.jsonl", Body=refused
        )
        batches.put_loaded("warehouse", "20101201T082600Z-0001", {"batch": "20101201T082600Z-0001", "lines": 3})
        found = get_pipeline().body
        assert counts(found) == {"topic": 7, "s3": 6, "dynamodb": 5, "lake": 5, "warehouse": 3}
        assert [(it["behind"], it["oldest_at"] is not None) for it in found["consumers"]] == [(1, True), (1, True)]
        assert found["quarantine"] == {"records": 4, "decisions": 0, "complete": True}
        assert [(it["name"], it["last_batch"], it["lines"], it["waiting"]) for it in found["jobs"]] == [
            ("curate", "20101201T092600Z-0002", 2, None),
            ("load_tables", None, None, 2),
            ("load_warehouse", "20101201T082600Z-0001", 3, 1),
        ]
        keys = [
            it["Key"]
            for it in platform.s3.list_objects_v2(Bucket=platform.target.lake_bucket, Prefix="raw/")["Contents"]
        ]
        assert sorted(it["key"] for it in found["files"]) == sorted(keys)

    def test_the_published_verdict_is_told(self, platform: RealPlatform) -> None:
        body = b'{"outcome":"lost","at":"2010-12-01T08:30:00Z","sentence":"NOT every row is counted","hops":[]}'
        platform.s3.put_object(Bucket=platform.target.lake_bucket, Key="verdicts/newest.json", Body=body)
        assert get_pipeline().body["verdict"] == {
            "outcome": "lost",
            "at": "2010-12-01T08:30:00Z",
            "sentence": "NOT every row is counted",
        }

    def test_brokers_that_do_not_answer_are_503(self, platform: RealPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BOOTSTRAP_SERVERS", "127.0.0.1:1")
        monkeypatch.setattr(browse, "_KAFKA_SECONDS", 0.5)
        assert get_pipeline().status == 503

    def test_the_answer_is_repeated_for_a_moment(self, platform: RealPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(browse, "KEPT_SECONDS", 600.0)
        first = get_pipeline()
        assert call(browse.handler, "GET", "/pipeline") == first


def counts(found: dict[str, Any]) -> dict[str, int]:
    return {it["name"]: it["count"] for it in found["stores"]}
