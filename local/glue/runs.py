"""One run of a Glue job on this machine: the template's script, modules, settings and arguments, on the laptop's Spark.

Python runs the script and starts the JVM, not the other way round as `spark-submit` does: whoever kills the driver then
ends all of the job, as on Glue.
"""

import os
import re
import secrets
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import psutil

from local.cloudwatch.record import LOG, publish
from local.config import RunConfig
from local.errors import JobFailed, NotPossible, last_lines, tail
from local.glue.sentences import is_result
from local.glue.spark import laptop_conf
from local.parts.ports import LOOPBACK
from local.platform import Job
from local.processes import Process, Program, ending
from local.state import State, held

POLL_SECONDS: Final = 0.1
WRONG_USE: Final = 2
"""The exit code of a job that refuses its arguments, before it starts Spark."""

_OWN_ERROR: Final = re.compile(r"(?:commerce|glue_jobs|stores|warehouse)(?:\.\w+)+: (.+)")
"""The last line of a traceback whose error is a sentence for people and needs no traceback."""


def run(job: Job, config: RunConfig, own: Sequence[str] = ()) -> float:
    """Run the job to its end, and return its seconds; `own` are arguments added to the template's.

    Raises `NotPossible` while another run of it is on, and where the job refuses these arguments, in its own words;
    `JobFailed` with the end of its log. A failed run is counted by the rules that match it.
    """
    try:
        return ran(job, config, own)
    except JobFailed:
        for rule in config.platform.rules:
            if job.name in rule.jobs:
                publish(State(config.state).log(LOG), "AWS/Events", {"RuleName": rule.name}, {"TriggeredRules": 1})
        raise


def ran(job: Job, config: RunConfig, own: Sequence[str]) -> float:
    """Run the job to its end; raises as `run` does."""
    log = State(config.state).log(log_name(job))
    with only_run(job, config), scratch(job, config):
        started = monotonic()
        process = Process(program(job, config, own, log))
        try:
            while process.exit_code is None:
                if monotonic() - started > job.timeout_seconds:
                    raise JobFailed(
                        f"{job.name} took longer than {job.timeout_seconds} s and was stopped; {cause(log)}"
                    )
                sleep(POLL_SECONDS)
        finally:
            process.stop()
        if process.exit_code == WRONG_USE and own:
            raise NotPossible(" ".join(last_lines(log, 1)).replace(": error:", ":"))
        if process.exit_code:
            raise JobFailed(f"{job.name} {ending(process.exit_code)}; {cause(log)}")
        return monotonic() - started


def program(job: Job, config: RunConfig, own: Sequence[str], log: Path) -> Program:
    """The driver's program, which starts its JVM from its environment."""
    argv = (sys.executable, str(job.script), *arguments(job), *own)
    return Program(log_name(job), argv, log, environment=environment(job, config))


def arguments(job: Job) -> Iterator[str]:
    """The script's arguments: as on Glue, all arguments of the template, and the id of this run."""
    run_id = f"jr_{secrets.token_hex(32)}"
    for name, value in {**job.arguments, "--JOB_NAME": job.name, "--JOB_RUN_ID": run_id}.items():
        yield from (name, value)


def environment(job: Job, config: RunConfig) -> dict[str, str]:
    """The driver's variables, which its JVM and Spark's Python workers inherit: with the keys of the job's role."""
    config = config.as_role(job.role)
    keys = {
        "AWS_ACCESS_KEY_ID": config.access_key_id,
        "AWS_SECRET_ACCESS_KEY": config.secret_access_key,
        "AWS_REGION": config.region,
        "AWS_DEFAULT_REGION": config.region,
    }
    endpoints = {
        f"AWS_ENDPOINT_URL_{name.upper().replace('-', '_')}": config.endpoints[name]
        for name in ("s3", "dynamodb", "redshift-data")
    }
    spark = {
        # our modules come from the zip that deploys; it stands before the checkout, which this Python knows as well
        "PYTHONPATH": os.pathsep.join(map(str, job.module_zips)),
        # nor may the folder where the command was called, which Spark's workers would look into first
        "PYTHONSAFEPATH": "1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": shlex.join(submit_arguments(job, config)),
        "SPARK_LOCAL_IP": LOOPBACK,
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(scratch_folder(job, config)),
        "TZ": "UTC",
    }
    return {**keys, **endpoints, **spark}


def submit_arguments(job: Job, config: RunConfig) -> Iterator[str]:
    """Spark's arguments, as for `spark-submit`."""
    folder = scratch_folder(job, config)
    settings = laptop_conf(job.conf, config.lake_db, folder) | {"spark.app.name": job.name}
    for name, value in settings.items():
        yield from ("--conf", f"{name}={value}")
    if job.module_zips:
        yield from ("--py-files", ",".join(map(str, job.module_zips)))
    yield "pyspark-shell"


@contextmanager
def only_run(job: Job, config: RunConfig) -> Iterator[None]:
    """Hold the job while the block runs; raises `NotPossible` if another process holds it (MaxConcurrentRuns is 1)."""
    path = config.state / "run" / f"{log_name(job)}.lock"
    with held(path, 0, f"{job.name} runs already, and its template allows one run at a time"):
        yield


@contextmanager
def scratch(job: Job, config: RunConfig) -> Iterator[None]:
    """An empty folder for a run's temporary files; a killed run's files and processes are removed first."""
    folder = scratch_folder(job, config)
    end_remains(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end_remains(folder: Path) -> None:
    """End the processes that a killed run with this scratch folder left running.

    A JVM may outlive its driver for a moment, and its last commit would meet the next run's.
    """
    while left := [it for it in psutil.process_iter(["environ"]) if runs_in(folder, it)]:
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        sleep(POLL_SECONDS)


def runs_in(folder: Path, process: psutil.Process) -> bool:
    """Whether the process was started with this scratch folder; unknown for another user's."""
    variables: dict[str, str] = process.info["environ"] or {}
    return variables.get("TMPDIR") == str(folder)


def scratch_folder(job: Job, config: RunConfig) -> Path:
    """The folder of a job's temporary files."""
    return config.state / "run" / f"{log_name(job)}.tmp"


def short_name(job: str, stage: str) -> str:
    """A job's name without the platform's name.

    >>> short_name("tillstream-laptop-curate", "laptop")
    'curate'
    """
    return job.removeprefix(f"tillstream-{stage}-")


def log_name(job: Job) -> str:
    """The base name of the files of a job's run."""
    return f"job-{job.name}"


def cause(log: Path) -> str:
    """The path of a failed run's log, and its last lines, or only the sentence of an error that has one."""
    if sentence := _OWN_ERROR.fullmatch("".join(last_lines(log, 1))):
        return f"its log is {log}, which ends with: {sentence[1]}"
    return f"its log is {log}, which ends with:\n{tail(log)}"


def results(log: Path) -> list[str]:
    """The results in a job's log, without its records of metrics and of refused rows."""
    return [line for line in log.read_text("utf-8", "replace").splitlines() if is_result(line)]
