"""One run of a job: what it is started with, how it ends, and that it is alone. The scripts need no Spark."""

import json
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from commerce.metrics import RUNS_SUCCEEDED, record
from local.config import RunConfig
from local.errors import JobFailed, NotPossible
from local.glue import command, runs, scheduler
from local.platform import Job, Platform, Trigger
from local.processes import Identity, wait_until
from stores.target import CHECKOUT
from tests.processes import SAYS_READY

CONF = {
    "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.lake.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.lake.warehouse": "s3://bucket/lake",
}
TELL = """
import json, os, subprocess, sys, commerce
own = "import commerce; print(commerce.__file__, end='')"
worker = subprocess.check_output([sys.executable, "-c", own], text=True)
print(json.dumps([sys.argv[1:], dict(os.environ), commerce.__file__, worker]))
"""


def a_job(folder: Path, script: str, **values: Any) -> Job:
    """A job with this script, whose modules zip holds a `commerce` of its own."""
    (folder / "job.py").write_text(script)
    with zipfile.ZipFile(folder / "rooms.zip", "w") as archive:
        archive.writestr("commerce/__init__.py", "")
    job = Job(
        name="tillstream-laptop-curate",
        script=folder / "job.py",
        module_zips=(folder / "rooms.zip",),
        wheels=(),
        conf=CONF,
        arguments={"--table": "lake.db.order_lines", "--conf": "spark.a=1 --conf spark.b=2"},
        timeout_seconds=60,
        retries=1,
    )
    return replace(job, **values)


def a_config(folder: Path, *jobs: Job, triggers: tuple[Trigger, ...] = ()) -> RunConfig:
    """A running laptop with these jobs."""
    platform = Platform("laptop", "eu-west-1", "0" * 12, (), (), (), (), (), (), {}, jobs=jobs, triggers=triggers)
    return RunConfig(
        platform=platform,
        endpoints={
            "s3": "http://127.0.0.1:1",
            "dynamodb": "http://127.0.0.1:2",
            "lambda": "http://127.0.0.1:3",
            "redshift-data": "http://127.0.0.1:7",
        },
        bootstrap_servers="127.0.0.1:4",
        access_key_id="LAPTOP",
        secret_access_key="secret",
        region="eu-west-1",
        gateway_port=5,
        lambda_port=6,
        state=folder / ".tillstream",
        lake_db=folder / "lake.db",
    )


def log(config: RunConfig) -> Path:
    return config.state / "logs" / "job-tillstream-laptop-curate.log"


def test_a_script_gets_the_templates_arguments_its_zip_and_the_laptops_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-the-shell")
    monkeypatch.chdir(CHECKOUT)  # where another `commerce` lies
    job = a_job(tmp_path, TELL)
    config = a_config(tmp_path, job)

    runs.run(job, config, ["--all"])

    [line] = log(config).read_text().splitlines()
    arguments, environment, *commerce = json.loads(line)
    assert arguments[:4] == ["--table", "lake.db.order_lines", "--conf", "spark.a=1 --conf spark.b=2"]
    assert arguments[4:6] == ["--JOB_NAME", job.name]
    assert (arguments[6], arguments[7][:3], arguments[8:]) == ("--JOB_RUN_ID", "jr_", ["--all"])
    assert all(path.startswith(str(tmp_path / "rooms.zip")) for path in commerce), commerce
    assert {name: value for name, value in environment.items() if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID": "LAPTOP",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:2",
        "AWS_ENDPOINT_URL_REDSHIFT_DATA": "http://127.0.0.1:7",
    }
    assert "--conf spark.sql.catalog.lake.type=jdbc" in environment["PYSPARK_SUBMIT_ARGS"]
    assert f"--py-files {tmp_path / 'rooms.zip'}" in environment["PYSPARK_SUBMIT_ARGS"]


@pytest.mark.parametrize("printed", ["", '{"batch": "b"}\n{"batch": "c"}\n'])
def test_with_json_a_run_prints_the_jobs_records_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], printed: str
) -> None:
    job = a_job(tmp_path, f"print('started')\nprint({printed!r})")
    assert command.succeeds(job, a_config(tmp_path, job), as_json=True)
    assert capsys.readouterr().out == printed


def test_a_job_that_fails_says_where_and_how(tmp_path: Path) -> None:
    job = a_job(tmp_path, "raise SystemExit('no such bucket')")
    with pytest.raises(JobFailed, match=r"curate ended with exit code 1; its log is (?s:.*)no such bucket"):
        runs.run(job, a_config(tmp_path, job))


def test_a_job_that_fails_with_a_sentence_shows_it_without_the_traceback(tmp_path: Path) -> None:
    job = a_job(tmp_path, "from commerce.errors import RowsLost\nraise RowsLost('batch 1 lacks 7 lines')")
    with pytest.raises(JobFailed) as failed:
        runs.run(job, a_config(tmp_path, job))
    assert str(failed.value).endswith(".log, which ends with: batch 1 lacks 7 lines")


def test_a_job_that_refuses_its_arguments_is_no_failed_job(tmp_path: Path) -> None:
    job = a_job(tmp_path, "import argparse; argparse.ArgumentParser('curate').error('unknown argument: --stack prod')")
    with pytest.raises(NotPossible, match="^curate: unknown argument: --stack prod$"):
        runs.run(job, a_config(tmp_path, job), ["--stack", "prod"])
    with pytest.raises(JobFailed, match="ended with exit code 2"):
        runs.run(job, a_config(tmp_path, job))


def test_a_job_that_is_killed_is_told_by_its_signal(tmp_path: Path) -> None:
    job = a_job(tmp_path, "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(JobFailed, match="was killed by SIGKILL"):
        runs.run(job, a_config(tmp_path, job))


def test_a_job_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    job = a_job(tmp_path, "import time; time.sleep(600)", timeout_seconds=1)
    started = monotonic()
    with pytest.raises(JobFailed, match="took longer than 1 s and was stopped"):
        runs.run(job, a_config(tmp_path, job))
    assert monotonic() - started < 300


def test_a_second_run_of_the_same_job_is_refused_and_another_job_is_not(tmp_path: Path) -> None:
    job = a_job(tmp_path, "")
    config = a_config(tmp_path, job)
    with runs.only_run(job, config):
        with pytest.raises(NotPossible, match="curate runs already"):
            runs.run(job, config)
        runs.run(replace(job, name="tillstream-laptop-load_tables"), config)
    runs.run(job, config)


def test_what_a_run_puts_down_is_gone_after_it_and_after_one_that_was_killed(tmp_path: Path) -> None:
    job = a_job(tmp_path, "import tempfile; print(tempfile.mkdtemp(), flush=True); raise SystemExit(1)")
    config = a_config(tmp_path, job)
    with pytest.raises(JobFailed):
        runs.run(job, config)
    folder = Path(log(config).read_text().strip())
    assert folder.parent == runs.scratch_folder(job, config)
    assert not folder.parent.exists()
    folder.mkdir(parents=True)
    with runs.scratch(job, config):
        assert list(folder.parent.iterdir()) == []


def test_what_outlives_a_killed_run_is_ended_before_the_next_begins(tmp_path: Path) -> None:
    """As a JVM may: a process of the run's group, with the variables of the run, that nobody waits for any more."""
    sleeper = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True).pid"
    config = a_config(tmp_path)
    with pytest.raises(JobFailed):
        runs.run(
            a_job(tmp_path, f"import os, subprocess, sys\nprint({sleeper}, flush=True)\nos.kill(os.getpid(), 9)"),
            config,
        )
    left = int(log(config).read_text().split()[0])
    assert Identity.of(left)
    runs.run(a_job(tmp_path, ""), config)
    assert wait_until(lambda: Identity.of(left) is None, 300)


def test_a_driver_dies_with_whoever_ran_it(tmp_path: Path) -> None:
    job = a_job(tmp_path, "import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    config = a_config(tmp_path, job)
    config.save(tmp_path / "config.json")
    code = (
        "import sys; from pathlib import Path; from local.config import RunConfig; from local.glue import runs\n"
        "config = RunConfig.load(Path(sys.argv[1])); runs.run(config.platform.jobs[0], config)"
    )
    runner = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "config.json")])
    try:
        assert wait_until(lambda: log(config).is_file() and log(config).read_text().strip() != "", 300)
        driver = int(log(config).read_text())
        runner.send_signal(signal.SIGKILL)
        runner.wait()
        assert wait_until(lambda: not Path(f"/proc/{driver}").exists(), 300)
    finally:
        runner.kill()


def test_a_scheduled_job_that_fails_is_tried_again_as_often_as_its_template_says(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    once = f"import os; p = {str(tmp_path / 'tried')!r}; done = os.path.exists(p); open(p, 'w'); assert done, 'first'"
    job = a_job(tmp_path, once)
    assert scheduler.succeeds(job, a_config(tmp_path, job))
    assert "(run 1 of 2)" in capfd.readouterr().err
    (tmp_path / "tried").unlink()
    assert not scheduler.succeeds(replace(job, retries=0), a_config(tmp_path, job))


def test_a_schedule_is_kept(tmp_path: Path) -> None:
    job = a_job(tmp_path, TELL)
    start = Trigger("start", "batch", "cron(0/5 * * * ? *)", (), False, (job.name,))
    config = a_config(tmp_path, job, triggers=(start,))
    scheduler.start(start, config)
    assert log(config).is_file()


def test_schedules_say_when_they_wait(tmp_path: Path) -> None:
    config = a_config(tmp_path)
    config.save(tmp_path / "config.json")
    waiting = subprocess.Popen(
        [sys.executable, "-m", "local.glue.scheduler", str(tmp_path / "config.json")],
        stdout=subprocess.PIPE,
        text=True,
        env=SAYS_READY,
    )
    try:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "ready\n"
    finally:
        waiting.kill()
        waiting.wait()


def test_the_results_of_a_run_are_its_own_without_the_records_of_metrics_and_of_refused_rows(tmp_path: Path) -> None:
    log, now, job = tmp_path / "job.log", datetime.now(UTC), {"JobName": "curate"}
    records = record(now, job, {RUNS_SUCCEEDED: 1}, {}), record(now, {}, {}, {"refused_row": 3})
    log.write_text('{"batch": "b", "rows": 7}\na sentence\n' + "".join(it.decode() + "\n" for it in records))
    assert runs.results(log) == ['{"batch": "b", "rows": 7}']
