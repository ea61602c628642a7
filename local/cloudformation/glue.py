"""The Glue of a template as the laptop runs it: jobs, what starts them, and the databases of the catalog."""

from collections.abc import Mapping
from typing import Any, Final

from local.cloudformation.assembly import Assembly
from local.cloudformation.resource import Resource
from local.errors import UnsupportedProperty
from local.glue.cron import next_time
from local.glue.spark import GLUE_VERSION, conf_settings
from local.platform import Database, Job, Trigger, Workflow

# Glue's own, where a template is silent.
_TIMEOUT_MINUTES: Final = 480

_Properties = Mapping[str, Any]


def job(resource: Resource, properties: _Properties, files: Assembly) -> Job:
    """The job with the files that its template names; raises `UnsupportedProperty` for what this machine is not."""
    command, arguments = properties["Command"], dict(properties.get("DefaultArguments", {}))
    _must(resource, "Command.Name", command.get("Name"), "glueetl")
    _must(resource, "GlueVersion", properties.get("GlueVersion"), GLUE_VERSION)
    runs = properties.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
    _must(resource, "ExecutionProperty.MaxConcurrentRuns", int(runs), 1)
    _must(resource, "--datalake-formats", arguments.get("--datalake-formats", "iceberg"), "iceberg")
    return Job(
        name=resource.name,
        script=files.uploaded(command["ScriptLocation"]),
        rooms=tuple(files.uploaded(address) for address in _listed(arguments, "--extra-py-files")),
        wheels=tuple(files.uploaded(it).name for it in _listed(arguments, "--additional-python-modules")),
        conf=conf_settings(arguments.get("--conf", "")),
        arguments={name: str(value) for name, value in arguments.items()},
        timeout_seconds=60 * int(properties.get("Timeout", _TIMEOUT_MINUTES)),
        retries=int(properties.get("MaxRetries", 0)),
    )


def trigger(resource: Resource, properties: _Properties) -> Trigger:
    """The trigger; raises `UnsupportedProperty` for one that would not start by itself, or waits for a failure."""
    kind, schedule = properties["Type"], str(properties.get("Schedule", ""))
    if kind not in ("SCHEDULED", "CONDITIONAL"):
        raise UnsupportedProperty(
            f"{resource.stack}: {resource.logical_id} is a trigger {kind}, which the laptop has not"
        )
    _must(resource, "StartOnCreation", properties.get("StartOnCreation", False), True)
    if kind == "SCHEDULED":
        next_time(schedule)  # it is told now, not when it would be due
    predicate = properties.get("Predicate", {})
    conditions = predicate.get("Conditions", []) if kind == "CONDITIONAL" else []
    for condition in conditions:
        _must(resource, "Predicate.Conditions.State", condition.get("State"), "SUCCEEDED")
    return Trigger(
        name=resource.name,
        workflow=properties.get("WorkflowName"),
        schedule=schedule or None,
        after=tuple(condition["JobName"] for condition in conditions),
        any_of_them=predicate.get("Logical") == "ANY",
        jobs=tuple(action["JobName"] for action in properties["Actions"]),
    )


def workflow(resource: Resource, properties: _Properties) -> Workflow:
    """The workflow, of which one run is made at a time."""
    _must(resource, "MaxConcurrentRuns", int(properties.get("MaxConcurrentRuns", 0)), 1)
    return Workflow(resource.name)


def database(resource: Resource, properties: _Properties) -> Database:
    """The database by the name that it is given."""
    return Database(properties["DatabaseInput"].get("Name", resource.name))


def _listed(arguments: _Properties, name: str) -> list[str]:
    """The addresses that stand in one argument, with commas between them."""
    return [address for address in str(arguments.get(name, "")).split(",") if address]


def _must(resource: Resource, name: str, found: object, wanted: object) -> None:
    """Raise `UnsupportedProperty` unless the property has the only value that the laptop can honour."""
    if found != wanted:
        raise UnsupportedProperty(
            f"{resource.stack}: {resource.logical_id} ({resource.type}) asks for {name} {found!r};"
            f" the laptop can do {wanted!r} only"
        )
