"""The batch path in every stage's templates, and the files that they give to Glue."""

import ast
import email
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from infra.packaging.builds import CHECKOUT
from infra.packaging.jobs import JOBS, job_asset, job_module, wheels
from infra.packaging.sources import sources, statements
from infra.spark import conf_argument, lake_conf
from local.glue.cron import LEAST, next_time
from tests.infra.conftest import Templates
from tests.infra.packaging.locked import entries, pinned, requirement
from tests.infra.test_platform import allowed

pytestmark = pytest.mark.parts

JOB: Final = "AWS::Glue::Job"
TRIGGER: Final = "AWS::Glue::Trigger"
NAME: Final = re.compile(r"[\w.-]+")
GLUES: Final = {
    "--additional-python-modules",
    "--conf",
    "--custom-logGroup-prefix",
    "--datalake-formats",
    "--extra-py-files",
    "--job-language",
}
"""The arguments that Glue itself reads."""


def jobs(templates: Templates) -> dict[str, Mapping[str, Any]]:
    """The jobs' properties by their folders."""
    prefix = f"tillstream-{templates.stage}-"
    found = [job["Properties"] for _, job in templates.resources(JOB)]
    return {job["Name"].removeprefix(prefix): job for job in found}


def parsed_arguments(job: str) -> tuple[set[str], set[str]]:
    """The arguments that a job's parser requires, and those that it takes, read from its source."""
    required, taken = set(), set()
    for node in ast.walk(ast.parse((CHECKOUT / "glue_jobs" / job / "job.py").read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            [name] = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            taken.add(str(name))
            if any(keyword.arg == "required" for keyword in node.keywords):
                required.add(str(name))
    return required, taken


def text(value: Any) -> str:
    """A property's text, in which names that are known only when it is deployed stand for themselves."""
    if isinstance(value, dict):
        [(function, argument)] = value.items()
        return "".join(map(text, argument[1])) if function == "Fn::Join" else f"<{json.dumps(argument)}>"
    return str(value)


def test_there_is_a_job_a_folder(templates: Templates) -> None:
    assert set(jobs(templates)) == set(JOBS)


def test_what_a_run_may_cost_and_how_often_it_may_fail_is_stated(templates: Templates) -> None:
    for name, job in jobs(templates).items():
        stated = (job["GlueVersion"], job["WorkerType"], job["MaxRetries"], job["ExecutionProperty"])
        assert stated == ("5.1", "G.1X", 1, {"MaxConcurrentRuns": 1}), name
        assert job["NumberOfWorkers"] >= 2, name
        assert 60 <= job["Timeout"] <= 240, name


def test_a_job_is_given_the_arguments_that_it_asks_for_and_no_others(templates: Templates) -> None:
    for name, job in jobs(templates).items():
        required, taken = parsed_arguments(name)
        given = set(job["DefaultArguments"]) - GLUES
        assert required <= given <= taken, name


def test_a_jobs_own_arguments_are_none_that_glue_keeps_for_itself() -> None:
    kept = {"--conf", "--debug", "--mode", "--JOB_NAME", "--endpoint", "--scriptLocation", "--TempDir"}
    for job in JOBS:
        assert not parsed_arguments(job)[1] & (kept | GLUES), job


def test_the_lake_is_icebergs_over_glues_catalog_in_the_lake_bucket(templates: Templates) -> None:
    for job in jobs(templates).values():
        arguments = job["DefaultArguments"]
        told = text(arguments["--conf"])
        [warehouse] = [it.partition("=")[2] for it in told.split(" --conf ") if ".warehouse=" in it]
        assert told == conf_argument(lake_conf(warehouse))
        assert warehouse.startswith("s3://<")
        assert warehouse.endswith(">/lake")
        assert arguments["--datalake-formats"] == "iceberg"


def test_the_table_stands_in_the_templates_database(templates: Templates) -> None:
    [[_, database]] = templates.resources("AWS::Glue::Database")
    name = database["Properties"]["DatabaseInput"]["Name"]
    table = f"lake.{name}.order_lines"
    assert {text(job["DefaultArguments"].get("--table", table)) for job in jobs(templates).values()} == {table}
    assert templates.stacks[f"tillstream-{templates.stage}"]["Outputs"]["LakeTable"]["Value"] == table


def test_curate_starts_by_the_clock_and_both_loads_when_it_has_succeeded(templates: Templates) -> None:
    stage = f"tillstream-{templates.stage}"
    found = {trigger["Properties"]["Name"]: trigger["Properties"] for _, trigger in templates.resources(TRIGGER)}
    started = {name: [action["JobName"] for action in trigger["Actions"]] for name, trigger in found.items()}
    assert started == {
        f"{stage}-start": [f"{stage}-curate"],
        f"{stage}-load": [f"{stage}-load_tables", f"{stage}-load_warehouse"],
        f"{stage}-maintain": [f"{stage}-maintain_lake"],
    }
    assert found[f"{stage}-load"]["Predicate"] == {
        "Conditions": [{"JobName": f"{stage}-curate", "LogicalOperator": "EQUALS", "State": "SUCCEEDED"}],
        "Logical": "ANY",
    }
    assert {trigger["StartOnCreation"] for trigger in found.values()} == {True}
    assert ["WorkflowName" in found[f"{stage}-{name}"] for name in ("start", "load", "maintain")] == [True, True, False]
    [[_, workflow]] = templates.resources("AWS::Glue::Workflow")
    assert workflow["Properties"]["MaxConcurrentRuns"] == 1


def test_a_failed_run_of_any_job_raises_an_alarm(templates: Templates) -> None:
    rules = [it for _, it in templates.resources("AWS::Events::Rule")]
    [rule] = [it for it in rules if "EventPattern" in it["Properties"]]
    told = rule["Properties"]["EventPattern"]
    assert set(told["detail"].pop("jobName")) == {job["Name"] for job in jobs(templates).values()}
    assert told == {
        "source": ["aws.glue"],
        "detail-type": ["Glue Job State Change"],
        "detail": {"state": ["ERROR", "FAILED", "TIMEOUT"]},
    }
    alarm = templates.at("Alarms/JobsFailures")
    [dimension] = alarm["Dimensions"]
    stack = templates.stacks[f"tillstream-{templates.stage}"]["Resources"]
    assert (dimension["Name"], stack[dimension["Value"]["Ref"]]) == ("RuleName", rule)
    watched = (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], alarm["Threshold"])
    assert watched == ("AWS/Events", "TriggeredRules", "Sum", 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_schedules_are_ones_that_glue_takes(templates: Templates) -> None:
    times = [it["Properties"]["Schedule"] for _, it in templates.resources(TRIGGER) if "Schedule" in it["Properties"]]
    assert len(times) == 2
    for schedule in times:
        first = next_time(schedule)
        assert next_time(schedule, first) - first >= LEAST


def test_a_job_logs_to_two_groups_of_its_own_that_forget(templates: Templates) -> None:
    groups = {text(it["Properties"].get("LogGroupName", "")) for _, it in templates.resources("AWS::Logs::LogGroup")}
    for name, job in jobs(templates).items():
        prefix = job["DefaultArguments"]["--custom-logGroup-prefix"]
        assert prefix == f"/aws-glue/jobs/tillstream-{templates.stage}-{name}"
        assert {f"{prefix}/error", f"{prefix}/output"} <= groups


def test_a_job_reads_its_own_code_and_no_other_of_the_assets_bucket(templates: Templates) -> None:
    for name, job in jobs(templates).items():
        given = [text(job["Command"]["ScriptLocation"]), text(job["DefaultArguments"]["--extra-py-files"])]
        given += text(job["DefaultArguments"]["--additional-python-modules"]).split(",")
        id = "".join(word.capitalize() for word in name.split("_"))
        may = {
            text(r).rpartition(":::")[2]
            for path, action, r in allowed(templates)
            if f"Batch/{id}/" in path and action == "s3:GetObject" and "cdk-" in text(r)
        }
        assert may == {address.removeprefix("s3://") for address in given}


def test_jobs_that_write_no_tables_may_not(templates: Templates) -> None:
    by_job = {
        job: {action for path, action, _ in allowed(templates) if f"Batch/{job}/" in path}
        for job in ("Curate", "LoadTables", "LoadWarehouse", "MaintainLake")
    }
    assert {job for job, actions in by_job.items() if any(it.startswith("redshift-data:") for it in actions)} == {
        "LoadWarehouse"
    }
    assert {job for job, actions in by_job.items() if any(it.startswith("dynamodb:") for it in actions)} == {
        "LoadTables"
    }
    assert {job for job, actions in by_job.items() if "glue:UpdateTable" in actions} == {"Curate", "MaintainLake"}


@pytest.mark.parametrize("job", JOBS)
def test_the_zip_holds_what_the_script_imports_and_the_script_is_ours(job: str) -> None:
    files = job_asset(job)
    assert files.script.read_bytes() == (CHECKOUT / "glue_jobs" / job / "job.py").read_bytes()
    with zipfile.ZipFile(files.rooms) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    ours = sources(CHECKOUT, job_module(job))
    assert held == {path.as_posix(): (CHECKOUT / path).read_bytes() for path in (*ours, *statements(CHECKOUT, ours))}


@pytest.mark.parametrize("job", JOBS)
def test_a_script_imports_with_the_zip_and_the_locked_packages_alone(job: str) -> None:
    files = job_asset(job)
    script = f"""
import json, runpy, sys
runpy.run_path({str(files.script)!r}, run_name="imported")
ours = ("commerce", "stores", "glue_jobs", "warehouse")
rooms = sorted(name for name in sys.modules if name.partition(".")[0] in ours)
print(json.dumps([sys.modules[name].__file__ for name in rooms if sys.modules[name].__file__]))
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(files.rooms), "AWS_DEFAULT_REGION": "us-east-1"},
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    read = json.loads(ran.stdout)
    assert read
    assert [file for file in read if not file.startswith(str(files.rooms))] == []


def test_code_in_a_zip_reads_the_statements_beside_it(tmp_path: Path) -> None:
    checkout, build = tmp_path / "checkout", tmp_path / "build"
    files = {
        "glue_jobs/load/job.py": "import barn.statements",
        "barn/__init__.py": "",
        "barn/statements.py": "",
        "barn/views/hay.sql": "CREATE VIEW hay AS SELECT 1",
        "barn/notes.txt": "not for Glue",
        "shed/unused.sql": "DROP TABLE hay",
    }
    for name, content in files.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(content)
    lock = "glue_jobs/requirements.lock"
    (checkout / lock).write_bytes((CHECKOUT / lock).read_bytes())
    rooms = job_asset("load", checkout, build).rooms
    code = (
        "from importlib.resources import files; print([it.read_text() for it in (files('barn') / 'views').iterdir()])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(rooms)}, cwd="/", capture_output=True, text=True
    )
    assert ran.stdout == "['CREATE VIEW hay AS SELECT 1']\n", ran.stderr
    with zipfile.ZipFile(rooms) as archive:
        assert sorted(archive.namelist()) == [
            "barn/__init__.py",
            "barn/statements.py",
            "barn/views/hay.sql",
            "glue_jobs/load/job.py",
        ]
    changed = checkout / "barn" / "views" / "hay.sql"
    changed.write_text("CREATE VIEW hay AS SELECT 2")
    assert job_asset("load", checkout, build).rooms != rooms


def test_wheels_are_of_the_lock_for_glues_python_and_machine_and_lack_nothing() -> None:
    locked = {requirement(entry).name: pinned(entry) for entry in entries(CHECKOUT / "requirements.lock")}
    needed: set[str] = set()
    held: dict[str, str] = {}
    for wheel in wheels():
        name, version, _, abi, platform = wheel.stem.split("-")
        held[name.replace("_", "-").lower()] = version
        assert (abi, platform) == ("none", "any") or (abi == "cp311" and "x86_64" in platform), wheel.name
        with zipfile.ZipFile(wheel) as archive:
            [metadata] = [it for it in archive.namelist() if it.endswith(".dist-info/METADATA")]
            head = email.message_from_bytes(archive.read(metadata))
        wanted = [it for it in head.get_all("Requires-Dist") or [] if "extra ==" not in it]
        needed |= {match[0].lower() for match in map(NAME.match, wanted) if match}
    assert held == {name: locked[name] for name in held}
    assert needed <= set(held)
    assert {"boto3", "msgspec", "pyarrow"} <= set(held)


def test_building_again_elsewhere_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = job_asset("curate"), job_asset("curate", build=tmp_path)
    assert first.rooms.read_bytes() == again.rooms.read_bytes()
    assert [it.name for it in first.wheels] == [it.name for it in again.wheels]
    assert first.script.parent.name == again.script.parent.name
