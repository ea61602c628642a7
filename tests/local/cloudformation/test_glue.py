"""Glue's jobs, triggers and databases of a template, as the laptop runs them or refuses them."""

from typing import Any

import pytest

from local.errors import BrokenAssembly, UnsupportedProperty
from local.platform import Database, Job, Trigger, Workflow
from tests.local.cloudformation.conftest import App, ref, resource


def add_glue(app: App) -> None:
    """A job with its files, a trigger of the clock and one of its success."""
    for name in ("job.py", "rooms.zip"):
        (app.folder / name).touch()
        app.files[name] = {"source": {"path": name}, "destinations": {"here": {"objectKey": f"1/{name}"}}}
    bucket = {"Fn::Sub": "assets-${AWS::AccountId}"}
    app.stacks["shop"]["Resources"] |= {
        "Database": resource("AWS::Glue::Database", CatalogId="any", DatabaseInput={"Name": "shop"}),
        "Sort": resource(
            "AWS::Glue::Job",
            Name="shop-sort",
            Role="arn:aws:iam::000000000000:role/sorter",
            Command={"Name": "glueetl", "ScriptLocation": {"Fn::Join": ["", ["s3://", bucket, "/1/job.py"]]}},
            DefaultArguments={
                "--conf": "spark.a=1 --conf spark.b=2",
                "--extra-py-files": {"Fn::Join": ["", ["s3://", bucket, "/1/rooms.zip"]]},
                "--lake-bucket": {"Fn::ImportValue": "shop-data:Lake"},
            },
            GlueVersion="5.1",
            WorkerType="G.1X",
            Timeout=2,
            MaxRetries=1,
        ),
        "Batch": resource("AWS::Glue::Workflow", Name="shop-batch", MaxConcurrentRuns=1),
        "Clock": resource(
            "AWS::Glue::Trigger",
            Name="clock",
            Type="SCHEDULED",
            Schedule="cron(0 * * * ? *)",
            Actions=[{"JobName": ref("Sort")}],
            WorkflowName=ref("Batch"),
            StartOnCreation=True,
        ),
        "Then": resource(
            "AWS::Glue::Trigger",
            Name="then",
            Type="CONDITIONAL",
            Predicate={"Conditions": [{"JobName": ref("Sort"), "State": "SUCCEEDED", "LogicalOperator": "EQUALS"}]},
            Actions=[{"JobName": "other"}],
            WorkflowName=ref("Batch"),
            StartOnCreation=True,
        ),
    }


def test_a_job_its_triggers_and_its_database_are_read(app: App) -> None:
    add_glue(app)
    platform = app.load()
    assert platform.jobs == (
        Job(
            name="shop-sort",
            script=app.folder / "job.py",
            module_zips=(app.folder / "rooms.zip",),
            wheels=(),
            conf={"spark.a": "1", "spark.b": "2"},
            arguments={
                "--conf": "spark.a=1 --conf spark.b=2",
                "--extra-py-files": "s3://assets-000000000000/1/rooms.zip",
                "--lake-bucket": "shop-data-lake-5f1b88ea",
            },
            timeout_seconds=120,
            retries=1,
            role="sorter",
        ),
    )
    assert platform.triggers == (
        Trigger("clock", "shop-batch", "cron(0 * * * ? *)", (), False, ("shop-sort",)),
        Trigger("then", "shop-batch", None, ("shop-sort",), False, ("other",)),
    )
    assert (platform.workflows, platform.databases) == ((Workflow("shop-batch"),), (Database("shop"),))


@pytest.mark.parametrize(
    ("of", "name", "value", "says"),
    [
        ("Sort", "GlueVersion", "4.0", "asks for GlueVersion '4.0'"),
        ("Sort", "ExecutionProperty", {"MaxConcurrentRuns": 2}, "MaxConcurrentRuns 2"),
        ("Sort", "Connections", {}, "asks for Connections"),
        ("Sort", "Command", {"Name": "pythonshell"}, "asks for Command.Name 'pythonshell'"),
        ("Clock", "StartOnCreation", False, "asks for StartOnCreation False"),
        ("Clock", "Type", "ON_DEMAND", "a trigger ON_DEMAND"),
        ("Clock", "Schedule", "cron(0/1 * * * ? *)", "more often than every 5 minutes"),
        ("Then", "Predicate", {"Conditions": [{"JobName": "a", "State": "FAILED"}]}, "State 'FAILED'"),
        ("Batch", "MaxConcurrentRuns", 2, "asks for MaxConcurrentRuns 2"),
    ],
)
def test_glue_that_the_laptop_cannot_do_is_refused(app: App, of: str, name: str, value: Any, says: str) -> None:
    add_glue(app)
    app.resource(of)[name] = value
    with pytest.raises(UnsupportedProperty, match=says):
        app.load()


def test_a_job_without_its_script_is_refused(app: App) -> None:
    add_glue(app)
    del app.files["job.py"]
    with pytest.raises(BrokenAssembly, match="the assembly has no asset 1/job.py: synthesize it again"):
        app.load()
