"""`status`, `top`, `logs` and `job` of a deployed stage, by requests to the services that AWS answers with."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from console.runbook import page_of
from lambdas.browse import examples
from lambdas.browse.pipeline import ConsumerState
from local.cloudwatch.alarms import ALARM
from operations.erasure import platform as of_platform
from operations.errors import NotHere, Refused, StoreUnreachable
from operations.stage import jobs, logs, looking
from operations.stage.state import STANDS_STILL, PipelineSeen, rates, stage_text, state_of
from tests.operations.stage.aws import STACK, Aws, stage

NOW = datetime.now(UTC)
CURATE = "/aws-glue/jobs/tillstream-dev-curate"
RECORDS = (
    '{"batch":"b","rows":1200,"lines_added":1100,"files":1,"objects":2,"refused":0,"set_aside":{}}\n',
    '{"time":"t","JobName":"curate","RunsSucceeded":1,"_aws":{}}\n',
)


def ago(seconds: float) -> int:
    return round((NOW - timedelta(seconds=seconds)).timestamp() * 1000)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes between two looks but by looking."""
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(logs, "LOOK_SECONDS", 0.0)


def test_the_last_lines_of_a_function_are_found_however_long_it_was_silent(capsys: pytest.CaptureFixture[str]) -> None:
    of_ingest = [("s", ago(90_000), "old\n"), ("s", ago(8_000), "newer\n"), ("t", ago(7_000), "newest\n")]
    with stage(Aws(logs={"tillstream-dev-IngestLogs1A2B3C4D-x": of_ingest})) as it:
        assert logs.show(it, "ingest", 2) == 0
    assert capsys.readouterr().out == "newer\nnewest\n"


def test_a_jobs_two_logs_are_shown_as_one_by_time(capsys: pytest.CaptureFixture[str]) -> None:
    kept = {
        f"{CURATE}/error": [("e", ago(9), "WARN spark\n")],
        f"{CURATE}/output": [("o", ago(10), "{}\n"), ("o", ago(8), "{1}\n")],
    }
    with stage(Aws(logs=kept)) as it:
        logs.show(it, "curate", 40)
    assert capsys.readouterr().out == "{}\nWARN spark\n{1}\n"


def test_without_a_part_every_log_is_listed_with_its_newest_line(capsys: pytest.CaptureFixture[str]) -> None:
    at = ago(60)
    with stage(Aws(logs={"tillstream-dev-RawArchiveLogs1A2B3C4E-y": [("s", at, "x")]})) as it:
        logs.show(it, None, 40)
    listed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [words[0] for words in listed] == ["curate", "ingest", "rawarchive"]
    assert listed[0][1:] == ["nothing", "yet", "14", "bytes"]
    assert " ".join(listed[2][1:3]) == f"{datetime.fromtimestamp(at / 1000):%m-%d %H:%M:%S}"


def test_a_log_that_is_none_is_wrong_use_and_those_that_are_are_named() -> None:
    with stage(Aws()) as it, pytest.raises(NotHere, match="those of curate, ingest, rawarchive; did you mean ingest?"):
        logs.show(it, "injest", 1)


def following(kept: list[logs.Line], first: list[logs.Line]) -> logs.Followed:
    """A look at these lines as CloudWatch gives them: those since a time."""
    return logs.Followed(lambda begin: (it for it in kept if it.at >= begin.timestamp() * 1000), first, NOW)


def test_a_followed_log_gives_late_lines_and_none_twice() -> None:
    kept = [logs.Line(ago(30), "a", "a"), logs.Line(ago(20), "b", "b")]
    followed = following(kept, kept[:1])
    assert [line.text for line in followed.new()] == ["a", "b"]
    kept.insert(1, logs.Line(ago(25), "late", "late"))
    assert [line.text for line in followed.new()] == ["late"]
    assert list(followed.new()) == []


def test_a_log_that_is_followed_from_now_on_leaves_out_what_was_there() -> None:
    kept = [logs.Line(ago(5), "a", "a"), logs.Line(ago(4), "b", "b"), logs.Line(ago(-1), "c", "c")]
    assert [line.text for line in following(kept, []).new()] == ["c"]


def test_a_job_runs_to_its_end_and_its_records_are_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    at = 1_291_190_401_000
    aws = Aws(logs={f"{CURATE}/output": [("jr_0", at, "{}"), *(("jr_1", at, record) for record in RECORDS)]})
    with stage(aws) as it:
        assert jobs.run_named(it, "curate", ["--again"]) == 0
    [(_, started)] = [(name, given) for name, given in aws.asked if name == "StartJobRun"]
    assert started == {"JobName": "tillstream-dev-curate", "Arguments": {"--again": "true"}}
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "curate: 1 dropped file and 2 raw objects with 1,200 rows were read: 1,100 lines are new in the lake, 0 rows "
        "refused (batch b)",
        "curate succeeded in 61 s",
    ]
    assert "tillstream-dev-curate runs as jr_1; Ctrl-C ends the waiting, not the run" in err


def test_a_job_that_failed_is_1_with_glues_reason_and_the_command_that_shows_its_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with stage(Aws(ends=("RUNNING", "FAILED"))) as it:
        assert jobs.run_named(it, "load_tables", []) == 1
    assert (
        "load_tables: failed: no disk (`tillstream logs load_tables --stack tillstream-dev`)" in capsys.readouterr().err
    )


def test_a_job_that_failed_is_followed_through_glues_own_attempts(capsys: pytest.CaptureFixture[str]) -> None:
    aws = Aws(ends=("RUNNING", "FAILED"), again=(("FAILED",), ("RUNNING", "SUCCEEDED")))
    aws.logs = {f"{CURATE}/output": [("jr_1_attempt_2", 1_291_190_402_000, record) for record in RECORDS]}
    with stage(aws) as it:
        assert jobs.run_named(it, "curate", []) == 0
    out, err = capsys.readouterr()
    assert "1,100 lines are new in the lake" in out
    assert "curate succeeded in 61 s" in out
    assert err.count("tillstream-dev-curate failed: no disk; Glue runs it again by itself") == 2
    assert "tillstream-dev-curate runs as jr_1_attempt_2" in err


@pytest.mark.parametrize("ends", [("FAILED",), ("STOPPED",), ("TIMEOUT",)])
def test_a_job_whose_last_attempt_did_not_succeed_is_1(ends: tuple[str, ...]) -> None:
    aws = Aws(ends=("RUNNING", "FAILED"), again=(ends,))
    with stage(aws) as it:
        assert jobs.run_named(it, "curate", []) == 1
    assert [run["JobRunState"] for run in aws.runs["tillstream-dev-curate"]] == [*ends, "FAILED"]


def test_a_run_that_took_too_long_is_not_waited_for_again() -> None:
    aws = Aws(ends=("RUNNING", "TIMEOUT"), again=(("SUCCEEDED",),))
    with stage(aws) as it:
        assert jobs.run_named(it, "curate", []) == 1
    assert "GetJobRuns" not in [name for name, _ in aws.asked]


def test_an_attempt_that_never_comes_is_waited_for_in_vain(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RETRY_SECONDS", 0.0)
    with stage(Aws(ends=("FAILED",), again=(("SUCCEEDED",),))) as it:
        assert jobs.run_named(it, "curate", []) == 1
    assert "Glue began no further attempt of tillstream-dev-curate within 0 s" in capsys.readouterr().err


def test_a_workflow_whose_job_succeeds_at_the_second_attempt_has_succeeded(capsys: pytest.CaptureFixture[str]) -> None:
    aws = Aws(ends=("FAILED",), again=(("SUCCEEDED",),))
    aws.logs = {
        f"/aws-glue/jobs/{STACK}-{job}/output": [("jr_1_attempt_1", 1_291_190_401_000, RECORDS[1])]
        for job in ("curate", "load_tables")
    }
    with stage(aws) as it:
        assert jobs.run_named(it, "all", []) == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if "succeeded" in line] == [
        "curate succeeded in 61 s",
        "load_tables succeeded in 61 s",
    ]


def test_the_workflow_runs_all_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    at = 1_291_190_401_000
    kept = {f"/aws-glue/jobs/{STACK}-{job}/output": [("jr_1", at, RECORDS[1])] for job in ("curate", "load_tables")}
    with stage(Aws(logs=kept)) as it:
        assert jobs.run_named(it, "all", []) == 0
    out = capsys.readouterr().out
    assert "curate succeeded in 61 s" in out
    assert "load_tables succeeded in 61 s" in out


def test_while_a_job_runs_another_run_is_refused_in_words() -> None:
    with stage(Aws(busy=True)) as it, pytest.raises(Refused, match="tillstream-dev-curate runs already"):
        jobs.run_named(it, "curate", [])


@pytest.mark.parametrize("state", ["STARTING", "RUNNING", "STOPPING"])
def test_an_erasure_is_refused_while_load_tables_runs_and_may_write_what_it_read_before(
    state: str,
) -> None:
    with stage(account := Aws()) as it:
        of_platform.check_no_job(it.target, STACK)
        account.runs["tillstream-dev-load_tables"] = [{"Id": "a", "JobRunState": "SUCCEEDED"}]
        of_platform.check_no_job(it.target, STACK)
        account.runs["tillstream-dev-load_tables"].insert(0, {"Id": "b", "JobRunState": state})
        with pytest.raises(Refused, match="load_tables is running, and may write lines"):
            of_platform.check_no_job(it.target, STACK)


def test_a_job_that_is_none_is_wrong_use() -> None:
    with stage(Aws()) as it, pytest.raises(NotHere, match="it has curate, load_tables, all; did you mean curate?"):
        jobs.run_named(it, "curat", [])


def seen(**changed: Any) -> PipelineSeen:
    pipeline = msgspec.structs.replace(examples.pipeline(), **changed)
    return msgspec.json.decode(msgspec.json.encode(pipeline), type=PipelineSeen)


def a_consumer(state: ConsumerState) -> Any:
    return msgspec.structs.replace(examples.pipeline().consumers[0], state=state)


OVERDUE = {
    "AlarmName": "tillstream-dev-AlarmsCurateOverdue1A2B3C4D-aB12cD34",
    "StateValue": ALARM,
    "AlarmDescription": "No run of the job has succeeded for 3 h. What to do: docs/runbook/job-failed.md",
}


def test_status_of_a_stage_has_the_form_of_the_laptops(capsys: pytest.CaptureFixture[str]) -> None:
    run = {"Id": "jr_1", "JobName": "x", "JobRunState": "SUCCEEDED", "StartedOn": 1_291_190_400}
    aws = Aws(
        pipeline=(200, msgspec.json.encode(examples.pipeline())),
        alarms=[OVERDUE],
        runs={"tillstream-dev-curate": [run]},
    )
    with stage(aws) as it:
        assert looking.show_status(it, as_json=True) == 0
        state = json.loads(capsys.readouterr().out)
        assert looking.show_status(it, as_json=False) == 0
    said = capsys.readouterr().out.splitlines()
    assert state["groups"] == [
        {"name": "raw-archive", "topic": "order-lines", "lag": 120, "oldest_seconds": 20, "stands_still": None},
        {"name": "order-tables", "topic": "order-lines", "lag": 0, "oldest_seconds": None, "stands_still": None},
    ]
    assert state["deliveries"] == {"topic": 3108, "s3": 2988}
    assert state["lines"] == {"dynamodb": 3105, "lake": 1042, "warehouse": 0}
    assert said[0] == "stack tillstream-dev"
    assert "consumer raw-archive: 120 messages behind, the oldest for 20 s" in said
    assert "job load_tables: it has not run yet" in said
    assert "1 open in quarantine (`tillstream quarantine list`)" in said
    assert said[-2:] == [
        "alarm CurateOverdue: No run of the job has succeeded for 3 h",
        "the way back: docs/runbook/job-failed.md",
    ]


@pytest.mark.parametrize("state", [ConsumerState.STALLED, ConsumerState.STOPPED])
def test_a_consumer_that_does_not_go_on_is_named_with_its_page(state: ConsumerState) -> None:
    text = stage_text(state_of(STACK, "lake", seen(consumers=[a_consumer(state)]), {}, []), "https://api/P")
    assert f"raw-archive stands still, up to 120 messages behind, the oldest for 20 s: {STANDS_STILL[state]}" in text
    assert page_of(STANDS_STILL[state]) == "consumer-behind"


def test_the_rates_of_a_stage_are_between_two_looks() -> None:
    before, now = (state_of(STACK, "lake", seen(at=at), {}, []) for at in (NOW, NOW + timedelta(seconds=10)))
    before["deliveries"]["topic"] -= 500
    assert (rates(before, now), rates(None, now)) == ({"topic": 50.0, "s3": 0.0}, {})


def test_an_api_that_refuses_is_named_with_its_reason() -> None:
    with stage(Aws(pipeline=(403, b'{"message":"not authorized"}'))) as it:
        with pytest.raises(StoreUnreachable, match="the API answers 403 to GET /pipeline: not authorized"):
            looking.show_status(it, as_json=True)
        assert looking.looks(it)()["trouble"] == "the API answers 403 to GET /pipeline: not authorized"
