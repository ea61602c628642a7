"""The points in the logs of a run, from look to look."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from commerce.metrics import LINES_PUT, record
from local.cloudwatch.logs import KEPT_SECONDS, Follower
from local.cloudwatch.points import series
from local.cloudwatch.record import publish
from local.lambda_runtime import failures

PUT: Final = series("Tillstream", "LinesPut", {"FunctionName": "f"})


def line(second: float, lines: int) -> bytes:
    return record(datetime.fromtimestamp(second, UTC), {"FunctionName": "f"}, {LINES_PUT: lines}, {}) + b"\n"


def seen(follower: Follower, now: float = 100) -> list[tuple[float, float]]:
    return [(point.at, point.value) for point in follower.look(now).get(PUT, ())]


def test_each_look_adds_what_was_written_since_and_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    log, follower = tmp_path / "f.log", Follower(tmp_path)
    assert seen(follower) == []
    half = len(line(2, 7)) // 2
    log.write_bytes(b"START RequestId: 1\n" + line(1, 5) + line(2, 7)[:half])
    assert seen(follower) == [(1, 5)]
    with log.open("ab") as file:
        file.write(line(2, 7)[half:] + b'{"cut": "off\n')
    assert seen(follower) == seen(follower) == [(1, 5), (2, 7)]


def test_a_log_that_is_begun_anew_is_read_from_its_start(tmp_path: Path) -> None:
    log, follower = tmp_path / "f.log", Follower(tmp_path)
    log.write_bytes(line(1, 5) + line(2, 5))
    seen(follower)
    log.replace(tmp_path / "f.log.1")
    log.write_bytes(line(3, 5))
    assert seen(follower) == [(1, 5), (2, 5), (3, 5)]
    log.write_bytes(b"")  # a full one is cut in place
    seen(follower)
    log.write_bytes(line(4, 5))
    assert seen(follower)[-1] == (4, 5)


def test_what_was_written_before_a_log_is_begun_anew_is_read_too(tmp_path: Path) -> None:
    log, follower = tmp_path / "f.log", Follower(tmp_path)
    log.write_bytes(line(1, 5))
    seen(follower)
    with log.open("ab") as file:
        file.write(line(2, 6))
    log.replace(tmp_path / "f.log.1")
    log.write_bytes(line(3, 7))
    assert seen(follower) == seen(follower) == [(1, 5), (2, 6), (3, 7)]


def test_old_points_are_let_go_but_for_the_last(tmp_path: Path) -> None:
    (tmp_path / "f.log").write_bytes(line(1, 5) + line(2, 6) + line(3, 7))
    assert seen(Follower(tmp_path), now=KEPT_SECONDS + 2.5) == [(3, 7)]
    assert seen(Follower(tmp_path), now=10 * KEPT_SECONDS) == [(3, 7)]


def test_failed_invocations_are_the_errors_that_aws_counts(tmp_path: Path) -> None:
    failures.note(tmp_path / f"{failures.LOG}.log", "f", b'{"errorType": "ValueError", "errorMessage": "no line"}')
    [[point]] = Follower(tmp_path).look(0).values()
    assert (point.series, point.value) == (series("AWS/Lambda", "Errors", {"FunctionName": "f"}), 1)


def test_what_aws_itself_would_publish_is_read_like_the_rest(tmp_path: Path) -> None:
    publish(tmp_path / "cloudwatch.log", "AWS/Events", {"RuleName": "r"}, {"TriggeredRules": 1})
    [[point]] = Follower(tmp_path).look(0).values()
    assert (point.series, point.value) == (series("AWS/Events", "TriggeredRules", {"RuleName": "r"}), 1)
