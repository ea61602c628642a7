"""Runs of a deployed stage's Spark jobs, which Glue carries out."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from console.arguments import did_you_mean
from console.exits import FAILED, OK, say, show
from local.cloudwatch.points import EMBEDDED
from local.glue.sentences import is_result, sentences
from operations.errors import NotHere, Refused, reading
from operations.stage.deployed import Deployed, short_name
from operations.stage.logs import since

ALL: Final = "all"
LOOK_SECONDS: Final = 5.0
ENDED: Final = ("SUCCEEDED", "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED")
"""The states of Glue in which a run of a job is over."""

RETRIED: Final = "FAILED"
"""The state after which Glue runs a job again; a run that took too long or was stopped is not repeated."""

RETRY_SECONDS: Final = 180.0
"""How long Glue's own next attempt is waited for, after one that failed."""

WORKFLOW_ENDED: Final = ("COMPLETED", "STOPPED", "ERROR")
NEWEST: Final = 20
"""The newest runs of a job among which its next attempt is looked for."""

LOG_SECONDS: Final = 30.0
"""How long a job's own records are waited for: CloudWatch shows the last lines of a run some seconds late."""

_RUNS_ALREADY: Final = "ConcurrentRunsExceededException"

Run = dict[str, Any]
Found = TypeVar("Found")


def run_named(stage: Deployed, name: str, own: Sequence[str], *, as_json: bool = False) -> int:
    """Run a job by its short name, or the workflow by `all`, to its end: 0 when all succeeded, else 1.

    Raises `NotHere` if the stage has no such job, and `Refused` while it runs already. Ctrl-C ends the waiting alone.
    """
    jobs = stage.jobs()
    with reading(f"Glue, for {stage.stack},"):
        glue = stage.target.client("glue")
        if name == ALL:
            if own:
                raise Refused(f"arguments belong to one job: {' '.join(own)}")
            ended = _run_workflow(glue, stage.workflow())
        elif name in jobs:
            ended = [_run_job(glue, jobs[name], given_to_glue(own))]
        else:
            there = [*jobs, ALL]
            raise NotHere(f"the stack has no job {name!r}; it has {', '.join(there)}{did_you_mean(name, there)}")
        for run in ended:
            _tell(stage, run, as_json=as_json)
    return OK if ended and all(run["JobRunState"] == "SUCCEEDED" for run in ended) else FAILED


def runs(stage: Deployed, name: str) -> bool:
    """Whether a run of this job, by its short name, has begun and not ended."""
    with reading(f"Glue, for {stage.stack},"):
        newest = stage.target.client("glue").get_job_runs(JobName=stage.jobs()[name], MaxResults=NEWEST)["JobRuns"]
    return any(run["JobRunState"] not in ENDED for run in newest)


def given_to_glue(own: Sequence[str]) -> dict[str, str]:
    """A job's own arguments as Glue wants them, where a switch has a value too.

    >>> given_to_glue(["--again", "--items-per-second", "500"])
    {'--again': 'true', '--items-per-second': '500'}
    """
    found: dict[str, str] = {}
    for word in own:
        if word.startswith("--"):
            found[word] = "true"
        else:
            found[list(found)[-1]] = word
    return found


def _run_job(glue: Any, job: str, arguments: dict[str, str]) -> Run:
    """Start a run of the job, wait for its end, and return its last attempt."""
    run_id = _started(lambda: glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"], job)
    say(f"{job} runs as {run_id}; Ctrl-C ends the waiting, not the run")
    return _last_attempt(glue, _ended(glue, job, run_id))


def _ended(glue: Any, job: str, run_id: str) -> Run:
    """The run, once it is over."""
    return _until(lambda: glue.get_job_run(JobName=job, RunId=run_id)["JobRun"], lambda run: _state(run) in ENDED)


def _last_attempt(glue: Any, run: Run) -> Run:
    """The last attempt of a run that is over: Glue runs a job that failed again, as often as the job's MaxRetries.

    Each attempt is a run of its own, whose PreviousRunId names the one before it.
    """
    job = run["JobName"]
    if _state(run) != RETRIED or not _may_be_repeated(glue, run):
        return run
    say(f"{job} failed: {_why(run)}; Glue runs it again by itself")
    end = monotonic() + RETRY_SECONDS
    found = _until(lambda: _next_attempt(glue, run), lambda found: found is not None or monotonic() > end)
    if found is None:
        say(f"Glue began no further attempt of {job} within {RETRY_SECONDS:g} s")
        return run
    say(f"{job} runs as {found['Id']}")
    return _last_attempt(glue, _ended(glue, job, found["Id"]))


def _may_be_repeated(glue: Any, run: Run) -> bool:
    """Whether Glue has attempts left for a run that failed."""
    return int(run.get("Attempt", 0)) < int(glue.get_job(JobName=run["JobName"])["Job"].get("MaxRetries", 0))


def _next_attempt(glue: Any, run: Run) -> Run | None:
    """The attempt that follows this one; None while there is none. Glue lists a job's newest runs first."""
    before = {run["Id"], run.get("PreviousRunId")}
    for found in glue.get_job_runs(JobName=run["JobName"], MaxResults=NEWEST)["JobRuns"]:
        if found.get("PreviousRunId") in before and found.get("Attempt", 0) > run.get("Attempt", 0):
            return dict(found)
    return None


def _run_workflow(glue: Any, workflow: str) -> list[Run]:
    """Start a run of the workflow, wait for its end, and return its jobs' last attempts, in the order of starting."""
    run_id = _started(lambda: glue.start_workflow_run(Name=workflow)["RunId"], workflow)
    say(f"{workflow} runs as {run_id}; Ctrl-C ends the waiting, not the run")
    followed: list[Run] = []
    while True:
        ended = _until(
            lambda: glue.get_workflow_run(Name=workflow, RunId=run_id, IncludeGraph=True)["Run"],
            lambda run: run["Status"] in WORKFLOW_ENDED,
        )
        there = last_attempts(ended)
        before, followed = followed, [_last_attempt(glue, run) for run in there]
        # an attempt that succeeded may have started the jobs behind it
        if ids(followed) in (ids(there), ids(before)):
            return followed


def ids(runs: Sequence[Run]) -> list[str]:
    """The ids of these runs."""
    return [str(run["Id"]) for run in runs]


def last_attempts(workflow_run: Run) -> list[Run]:
    """The last attempt of each job in a workflow's run, in the order of starting.

    >>> first, second = {"Id": "a", "JobName": "x", "StartedOn": 1}, {"Id": "b", "JobName": "x", "StartedOn": 2}
    >>> [it["Id"] for it in last_attempts({"Graph": {"Nodes": [{"JobDetails": {"JobRuns": [second, first]}}]}})]
    ['b']
    """
    nodes = workflow_run.get("Graph", {}).get("Nodes", [])
    runs = [run for node in nodes for run in node.get("JobDetails", {}).get("JobRuns", [])]
    return list({run["JobName"]: run for run in sorted(runs, key=lambda run: run["StartedOn"])}.values())


def _started(start: Callable[[], str], what: str) -> str:
    """The id of a run that was started now; raises `Refused` while another one is on."""
    try:
        return start()
    except ClientError as error:
        if error.response["Error"]["Code"] == _RUNS_ALREADY:
            raise Refused(f"{what} runs already, and its template allows one run at a time") from error
        raise


def _until(ask: Callable[[], Found], ended: Callable[[Found], bool]) -> Found:
    """The first answer that ends the waiting."""
    while not ended(found := ask()):
        sleep(LOOK_SECONDS)
    return found


def _state(run: Run) -> str:
    return str(run["JobRunState"])


def _why(run: Run) -> str:
    return str(run.get("ErrorMessage") or "Glue gives no reason")


def _tell(stage: Deployed, run: Run, *, as_json: bool) -> None:
    """Print a run's results, or why it failed."""
    name = short_name(stage.stack, run["JobName"])
    if _state(run) != "SUCCEEDED":
        say(f"{name}: {_state(run).lower()}: {_why(run)} (`tillstream logs {name} --stack {stage.stack}`)")
        return
    records = _records(stage, run)
    if as_json:
        print("\n".join(records), end="\n" if records else "")
    else:
        for sentence in sentences(records):
            print(f"{name}: {sentence}")
    show(f"{name} succeeded in {run.get('ExecutionTime', 0)} s", as_json=as_json)
    sys.stdout.flush()


def _records(stage: Deployed, run: Run) -> list[str]:
    """The results that a run wrote into its log, once the last of its records, its metrics, is there."""
    group = f"/aws-glue/jobs/{run['JobName']}/output"
    began: datetime = run.get("StartedOn") or datetime.now(UTC)
    client, end = stage.target.client("logs"), monotonic() + LOG_SECONDS
    while True:
        lines = [line.text for line in since(client, [group], began, stream=run["Id"]) if line.text.startswith("{")]
        if any(EMBEDDED in text for text in lines) or monotonic() > end:
            return [text for text in lines if is_result(text)]
        sleep(LOOK_SECONDS)
