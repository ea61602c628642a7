"""Lambda: functions, which the laptop's Lambda runtime runs, and the mappings by which its event source feeds them."""

import uuid
from typing import Final

from local.cloudformation.iam import named
from local.cloudformation.no_effect import FOR_PEOPLE, LOGS, NETWORK, TRACING, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.errors import UnsupportedProperty
from local.event_source.filters import UnknownPattern, passes
from local.platform import Function, Mapping, OnError, Pollers

# Lambda's own defaults, where a template is silent.
_TIMEOUT_SECONDS: Final = 3
_MEMORY_MB: Final = 128
_BATCH_SIZE: Final = 100
_WINDOW_SECONDS: Final = 0.5
_MINIMUM_POLLERS: Final = 1
_MAXIMUM_POLLERS: Final = 200
_MOST_RETRIES_BEFORE_A_DESTINATION: Final = 10

_WITHOUT_LIMIT: Final = -1
_BUCKET_ARN: Final = "arn:aws:s3:::"
_STARTING_POSITIONS: Final = ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")
_PROVISIONED_ONLY: Final[Properties] = {
    "BisectBatchOnFunctionError": False,
    "FunctionResponseTypes": [],
    "MaximumRecordAgeInSeconds": _WITHOUT_LIMIT,
    "MaximumRetryAttempts": _WITHOUT_LIMIT,
}
"""The properties that Lambda heeds in provisioned mode only, with their defaults."""

_WITHIN: Final[Properties] = {
    "AmazonManagedKafkaEventSourceConfig": ("ConsumerGroupId",),
    "DestinationConfig": ("OnFailure",),
    "ProvisionedPollerConfig": ("MaximumPollers", "MinimumPollers", "PollerGroupName"),
}
"""The inner properties that are read, by the property that holds them; a poller group changes the bill alone."""


def function(resource: Resource, properties: Properties, found: Found) -> Function:
    """The function, with its code where this machine can run it."""
    return Function(
        name=resource.name,
        handler=properties["Handler"],
        code=found.files.host_twin(properties["Code"].get("S3Key", "")),
        environment={name: str(text) for name, text in properties.get("Environment", {}).get("Variables", {}).items()},
        timeout_seconds=int(properties.get("Timeout", _TIMEOUT_SECONDS)),
        memory_mb=int(properties.get("MemorySize", _MEMORY_MB)),
        reserved_concurrency=properties.get("ReservedConcurrentExecutions"),
        role=named(properties.get("Role", "")),
    )


def mapping(resource: Resource, properties: Properties, found: Found) -> Mapping:
    """The mapping, named by its logical id. Its consumer group is the one that it chooses, else one that is made up."""
    config = properties.get("AmazonManagedKafkaEventSourceConfig", {})
    provisioned = properties.get("ProvisionedPollerConfig")
    check_mapping(resource, properties)
    return Mapping(
        name=resource.logical_id,
        function=properties["FunctionName"].rpartition(":")[2],
        topic=properties["Topics"][0],
        group=config.get("ConsumerGroupId", resource.name),
        batch_size=int(properties.get("BatchSize", _BATCH_SIZE)),
        window_seconds=float(properties.get("MaximumBatchingWindowInSeconds", _WINDOW_SECONDS)),
        starting_position=properties["StartingPosition"],
        cluster_arn=properties["EventSourceArn"],
        enabled=bool(properties.get("Enabled", True)),
        uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, resource.name)),
        starting_timestamp=properties.get("StartingPositionTimestamp"),
        on_error=on_error(properties),
        pollers=None if provisioned is None else pollers(provisioned),
        filters=tuple(it["Pattern"] for it in properties.get("FilterCriteria", {}).get("Filters", ())),
    )


def on_error(properties: Properties) -> OnError:
    """The mapping's way with a batch that fails. A destination limits retries, even where they have no limit."""
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    retries = int(properties.get("MaximumRetryAttempts", _WITHOUT_LIMIT))
    age = int(properties.get("MaximumRecordAgeInSeconds", _WITHOUT_LIMIT))
    if retries == _WITHOUT_LIMIT and destination:
        retries = _MOST_RETRIES_BEFORE_A_DESTINATION
    return OnError(
        bisects=bool(properties.get("BisectBatchOnFunctionError", False)),
        most_retries=None if retries == _WITHOUT_LIMIT else retries,
        max_age_seconds=None if age == _WITHOUT_LIMIT else age,
        bucket=destination.removeprefix(_BUCKET_ARN) if destination else None,
        partial_answers="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
    )


def pollers(config: Properties) -> Pollers:
    """The pollers of a mapping in provisioned mode."""
    return Pollers(
        minimum=int(config.get("MinimumPollers", _MINIMUM_POLLERS)),
        maximum=int(config.get("MaximumPollers", _MAXIMUM_POLLERS)),
    )


def check_mapping(resource: Resource, properties: Properties) -> None:
    """Raise `UnsupportedProperty` for what the event source cannot do, and for what Lambda ignores on demand."""
    on_demand = properties.get("ProvisionedPollerConfig") is None
    for name, default in _PROVISIONED_ONLY.items():
        if on_demand and properties.get(name, default) != default:
            raise UnsupportedProperty(f"{resource} asks for {name}, which needs ProvisionedPollerConfig")
    for name, read in _WITHIN.items():
        if unread := sorted(set(properties.get(name, {})) - set(read)):
            raise UnsupportedProperty(f"{resource} asks for {unread[0]} in {name}, which the laptop cannot do")
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if destination and not destination.startswith(_BUCKET_ARN):
        raise UnsupportedProperty(f"{resource} gives batches up to {destination}; the laptop has buckets only")
    position = properties["StartingPosition"]
    if position not in _STARTING_POSITIONS:
        raise UnsupportedProperty(f"{resource} starts at {position}, which is not one of {_STARTING_POSITIONS}")
    if (position == "AT_TIMESTAMP") != ("StartingPositionTimestamp" in properties):
        raise UnsupportedProperty(f"{resource}: StartingPositionTimestamp belongs to AT_TIMESTAMP")
    try:
        passes(it["Pattern"] for it in properties.get("FilterCriteria", {}).get("Filters", ()))
    except UnknownPattern as error:
        raise UnsupportedProperty(f"{resource}: {error}") from error


FUNCTION: Final = ResourceType(
    "AWS::Lambda::Function",
    reader=function,
    read=("Code", "Environment", "Handler", "MemorySize", "ReservedConcurrentExecutions", "Role", "Timeout"),
    no_effect={
        "Architectures": "the host twin runs on this machine's",
        "Description": FOR_PEOPLE,
        "LoggingConfig": LOGS,
        "Runtime": "the host twin runs on this Python",
        "Tags": UNBILLED,
        "TracingConfig": TRACING,
        "VpcConfig": NETWORK,
    },
    name_property="FunctionName",
    arn="arn:aws:lambda:{region}:{account}:function:{name}",
)
MAPPING: Final = ResourceType(
    "AWS::Lambda::EventSourceMapping",
    reader=mapping,
    read=(
        "AmazonManagedKafkaEventSourceConfig",
        "BatchSize",
        "Enabled",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "EventSourceArn",
        "FilterCriteria",
        "FunctionName",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "ProvisionedPollerConfig",
        "StartingPosition",
        "StartingPositionTimestamp",
        "Topics",
    ),
    no_effect={"Tags": UNBILLED},
)
PERMISSION: Final = ResourceType(
    "AWS::Lambda::Permission", no_effect_at_all="the local gateway and event source may call every function"
)

TYPES: Final = (FUNCTION, MAPPING, PERMISSION)
