"""Lambda: functions, which the laptop's Lambda runtime runs, and the mappings by which its event source feeds them."""

from typing import Final

from local.cloudformation.no_effect import FOR_PEOPLE, IDENTITY, LOGS, NETWORK, TRACING, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.platform import Function, Mapping

# Lambda's own defaults, where a template is silent.
_TIMEOUT_SECONDS: Final = 3
_MEMORY_MB: Final = 128
_BATCH_SIZE: Final = 100
_WINDOW_SECONDS: Final = 0.5


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
    )


def mapping(resource: Resource, properties: Properties, found: Found) -> Mapping:
    """The mapping, named by its logical id. Its consumer group is the one that it chooses, else one that is made up."""
    config = properties.get("AmazonManagedKafkaEventSourceConfig", {})
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
    )


FUNCTION: Final = ResourceType(
    "AWS::Lambda::Function",
    reader=function,
    read=("Code", "Environment", "Handler", "MemorySize", "ReservedConcurrentExecutions", "Timeout"),
    no_effect={
        "Architectures": "the host twin runs on this machine's",
        "Description": FOR_PEOPLE,
        "LoggingConfig": LOGS,
        "Role": IDENTITY,
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
        "EventSourceArn",
        "FunctionName",
        "MaximumBatchingWindowInSeconds",
        "StartingPosition",
        "Topics",
    ),
    no_effect={
        "ProvisionedPollerConfig": "one poller per mapping keeps up; the property is about capacity and its price",
        "Tags": UNBILLED,
    },
)
PERMISSION: Final = ResourceType(
    "AWS::Lambda::Permission", no_effect_at_all="the local gateway and event source may call every function"
)

TYPES: Final = (FUNCTION, MAPPING, PERMISSION)
