"""The failed invocations that `status` shows: written down by the runtime, counted by function, forgotten in time."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local import log_records
from local.lambda_runtime import failures
from local.lambda_runtime.failures import Failures, recent
from tests.local.lambda_functions import function
from tests.local.lambda_runtime.test_runtime import invoked


def test_an_invocation_that_fails_is_noted_with_its_error_and_one_that_does_not_is_not(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    invoked(tmp_path, function(tmp_path, "echo"), 1)
    invoked(tmp_path, function(tmp_path, "fail"), 1, 2)
    after = datetime.now(UTC)
    [found] = recent(tmp_path / "state" / "logs" / f"{failures.LOG}.log", after, before)
    assert (found.function, found.count, found.error) == ("fail", 2, "ValueError: no such line")
    assert before <= found.last <= after


def test_functions_are_counted_apart_the_last_to_fail_first_without_what_is_long_ago_or_of_a_run_before(
    tmp_path: Path,
) -> None:
    log, now = tmp_path / "log", datetime(2026, 1, 2, 12, tzinfo=UTC)
    records = [(11, "query", "old"), (9, "query", "first"), (5, "ingest", "only"), (6, "query", "second")]
    lines = [
        json.dumps({"at": (now - timedelta(minutes=ago)).isoformat(), "function": name, "error": error})
        for ago, name, error in records
    ]
    log.write_text("\n".join([*lines, '{"at": "2026-01']), "utf-8")
    assert recent(log, now, datetime.min.replace(tzinfo=UTC)) == [
        Failures("ingest", 1, now - timedelta(minutes=5), "only"),
        Failures("query", 2, now - timedelta(minutes=6), "second"),
    ]
    assert recent(log, now, now - timedelta(minutes=5.5)) == [Failures("ingest", 1, now - timedelta(minutes=5), "only")]
    assert recent(log, now, None) == []
    assert recent(tmp_path / "none", now, now) == []


def test_a_full_log_begins_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * (log_records.MOST_BYTES + 1))
    began = datetime.now(UTC)
    failures.note(log, "query", b'{"errorMessage": "no"}')
    assert [it.error for it in recent(log, datetime.now(UTC), began)] == ["no"]
