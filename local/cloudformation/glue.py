"""Glue: jobs, which Spark runs on this machine, the triggers that start them, and the databases of the catalog."""

from typing import Final

from local.cloudformation.iam import named
from local.cloudformation.no_effect import FOR_PEOPLE, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.errors import UnsupportedProperty
from local.glue.cron import next_time
from local.glue.spark import GLUE_VERSION, conf_settings
from local.platform import Database, Job, Trigger, Workflow

# Glue's own default, where a template is silent.
_TIMEOUT_MINUTES: Final = 480

_SPARK: Final = "Spark runs in one process on this machine"


def job(resource: Resource, properties: Properties, found: Found) -> Job:
    """The job with the files that its template names; raises `UnsupportedProperty` for what the laptop cannot do."""
    command, arguments = properties["Command"], dict(properties.get("DefaultArguments", {}))
    _must(resource, "Command.Name", command.get("Name"), "glueetl")
    _must(resource, "GlueVersion", properties.get("GlueVersion"), GLUE_VERSION)
    runs = properties.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
    _must(resource, "ExecutionProperty.MaxConcurrentRuns", int(runs), 1)
    _must(resource, "--datalake-formats", arguments.get("--datalake-formats", "iceberg"), "iceberg")
    return Job(
        name=resource.name,
        script=found.files.uploaded(command["ScriptLocation"]),
        module_zips=tuple(found.files.uploaded(address) for address in _listed(arguments, "--extra-py-files")),
        wheels=tuple(found.files.uploaded(it).name for it in _listed(arguments, "--additional-python-modules")),
        conf=conf_settings(arguments.get("--conf", "")),
        arguments={name: str(value) for name, value in arguments.items()},
        timeout_seconds=60 * int(properties.get("Timeout", _TIMEOUT_MINUTES)),
        retries=int(properties.get("MaxRetries", 0)),
        role=named(properties.get("Role", "")),
    )


def trigger(resource: Resource, properties: Properties, found: Found) -> Trigger:
    """The trigger; raises `UnsupportedProperty` for one that would not start by itself, or waits for a failure."""
    kind, schedule = properties["Type"], str(properties.get("Schedule", ""))
    if kind not in ("SCHEDULED", "CONDITIONAL"):
        raise UnsupportedProperty(f"{resource.place} is a trigger {kind}, which the laptop has not")
    _must(resource, "StartOnCreation", properties.get("StartOnCreation", False), True)
    if kind == "SCHEDULED":
        next_time(schedule)  # a wrong schedule is refused now, not when it would be due
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


def workflow(resource: Resource, properties: Properties, found: Found) -> Workflow:
    """The workflow; raises `UnsupportedProperty` unless one run of it is made at a time."""
    _must(resource, "MaxConcurrentRuns", int(properties.get("MaxConcurrentRuns", 0)), 1)
    return Workflow(resource.name)


def database(resource: Resource, properties: Properties, found: Found) -> Database:
    """The database, by its name in the template."""
    return Database(properties["DatabaseInput"].get("Name", resource.name))


def _listed(arguments: Properties, name: str) -> list[str]:
    """The addresses in one argument, which separates them by commas."""
    return [address for address in str(arguments.get(name, "")).split(",") if address]


def _must(resource: Resource, name: str, found: object, wanted: object) -> None:
    """Raise `UnsupportedProperty` unless the property has the only value that the laptop can honour."""
    if found != wanted:
        raise UnsupportedProperty(f"{resource} asks for {name} {found!r}; the laptop can do {wanted!r} only")


JOB: Final = ResourceType(
    "AWS::Glue::Job",
    reader=job,
    read=("Command", "DefaultArguments", "ExecutionProperty", "GlueVersion", "MaxRetries", "Role", "Timeout"),
    no_effect={
        "Description": FOR_PEOPLE,
        "NumberOfWorkers": _SPARK,
        "Tags": UNBILLED,
        "WorkerType": _SPARK,
    },
    name_property="Name",
)
TRIGGER: Final = ResourceType(
    "AWS::Glue::Trigger",
    reader=trigger,
    read=("Actions", "Predicate", "Schedule", "StartOnCreation", "Type", "WorkflowName"),
    no_effect={"Description": FOR_PEOPLE, "Tags": UNBILLED},
    name_property="Name",
)
WORKFLOW: Final = ResourceType(
    "AWS::Glue::Workflow",
    reader=workflow,
    read=("MaxConcurrentRuns",),
    no_effect={"Description": FOR_PEOPLE, "Tags": UNBILLED},
    name_property="Name",
)
DATABASE: Final = ResourceType(
    "AWS::Glue::Database",
    reader=database,
    read=("DatabaseInput",),
    no_effect={"CatalogId": "the laptop has one catalog"},
)

TYPES: Final = (JOB, TRIGGER, WORKFLOW, DATABASE)
