"""The platform that a synthesized CDK app asks for, read from its files and from nothing else.

Every reference is resolved against this machine; what has no part here is refused by name.
"""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Values
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from commerce.topic_configs import decoded
from local.cloudformation.api_gateway import Described, rest_api
from local.cloudformation.assembly import ACCOUNT, Assembly
from local.cloudformation.glue import database, job, trigger, workflow
from local.cloudformation.intrinsics import Resolver
from local.cloudformation.no_effect import PROPERTIES_WITHOUT_EFFECT, WITHOUT_EFFECT
from local.cloudformation.redshift_serverless import SECRET_ARN, warehouse
from local.cloudformation.resource import Resource
from local.errors import (
    BrokenAssembly,
    UnresolvedReference,
    UnsupportedProperty,
    UnsupportedResource,
)
from local.platform import Api, Bucket, Function, KafkaAddress, Mapping, Platform, Route, Table, Topic

__all__ = [
    "Api",
    "BrokenAssembly",
    "Bucket",
    "Function",
    "KafkaAddress",
    "Mapping",
    "Platform",
    "Route",
    "Table",
    "Topic",
    "UnresolvedReference",
    "UnsupportedProperty",
    "UnsupportedResource",
    "load",
]

Made = TypeVar("Made")

ADMINISTRATION: Final = "Custom::WarehouseAdministration"
API: Final = "AWS::ApiGateway::RestApi"
API_METHOD: Final = "AWS::ApiGateway::Method"
API_RESOURCE: Final = "AWS::ApiGateway::Resource"
API_STAGE: Final = "AWS::ApiGateway::Stage"
BROKERS: Final = "Custom::BootstrapBrokers"
BUCKET: Final = "AWS::S3::Bucket"
CLUSTER: Final = "AWS::MSK::Cluster"
DATABASE: Final = "AWS::Glue::Database"
FUNCTION: Final = "AWS::Lambda::Function"
JOB: Final = "AWS::Glue::Job"
MAPPING: Final = "AWS::Lambda::EventSourceMapping"
NAMESPACE: Final = "AWS::RedshiftServerless::Namespace"
TABLE: Final = "AWS::DynamoDB::Table"
TOPIC: Final = "AWS::MSK::Topic"
TRIGGER: Final = "AWS::Glue::Trigger"
WORKFLOW: Final = "AWS::Glue::Workflow"
WORKGROUP: Final = "AWS::RedshiftServerless::Workgroup"

_TABLE_ARGUMENTS: Final = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes",
)
READ: Final[Values[str, frozenset[str]]] = {
    type: frozenset(names.split())
    for type, names in {
        ADMINISTRATION: "Namespace RpuHours ServiceTimeout ServiceToken WorkgroupArn",
        API: "Name",
        API_METHOD: "AuthorizationType HttpMethod Integration ResourceId RestApiId",
        API_RESOURCE: "ParentId PathPart RestApiId",
        API_STAGE: "MethodSettings RestApiId StageName",
        BROKERS: "Brokers ClusterArn ServiceTimeout ServiceToken",
        BUCKET: "BucketName",
        CLUSTER: "ClusterName",
        DATABASE: "DatabaseInput",
        FUNCTION: "Code Environment FunctionName Handler MemorySize ReservedConcurrentExecutions Timeout",
        JOB: "Command DefaultArguments ExecutionProperty GlueVersion MaxRetries Name Timeout",
        MAPPING: "AmazonManagedKafkaEventSourceConfig BatchSize Enabled EventSourceArn FunctionName"
        " MaximumBatchingWindowInSeconds StartingPosition Topics",
        NAMESPACE: "DbName ManageAdminPassword NamespaceName",
        TABLE: " ".join(("TableName", *_TABLE_ARGUMENTS)),
        TOPIC: "ClusterArn Configs PartitionCount ReplicationFactor TopicName",
        TRIGGER: "Actions Name Predicate Schedule StartOnCreation Type WorkflowName",
        WORKFLOW: "MaxConcurrentRuns Name",
        WORKGROUP: "NamespaceName WorkgroupName",
    }.items()
}
"""The types that have a part here, and the properties that it reads; brokers and cluster are the Kafka of `load`, and
nobody bills what a warehouse uses here."""

# Lambda's own, where a template is silent.
_TIMEOUT_SECONDS: Final = 3
_MEMORY_MB: Final = 128
_BATCH_SIZE: Final = 100
_WINDOW_SECONDS: Final = 0.5


def load(assembly: Path, *, kafka: KafkaAddress, api_url: Callable[[str], str] | str) -> Platform:
    """The platform of a synthesized app.

    `api_url` is where the local gateway serves an API, without its stage (or tells it from the API's name). Raises
    `UnsupportedResource`, `UnsupportedProperty`, `UnresolvedReference` or `BrokenAssembly`.
    """
    with _shape_told(f"the synthesized app in {assembly}"):
        return _platform(Assembly.read(assembly), kafka, api_url)


@contextmanager
def _shape_told(what: str) -> Iterator[None]:
    """Raise `BrokenAssembly`, naming it, for what is not made as CloudFormation and the CDK make it."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise BrokenAssembly(f"{what} is broken: {type(error).__name__}: {error}") from error


def _all(make: Callable[..., Made], found: list[Described], *more: object) -> tuple[Made, ...]:
    """What each of these resources describes; a broken one is named."""
    made = []
    for resource, properties in found:
        with _shape_told(f"the resource {resource.logical_id} of {resource.stack}"):
            made.append(make(resource, properties, *more))
    return tuple(made)


def _platform(files: Assembly, kafka: KafkaAddress, api_url: Callable[[str], str] | str) -> Platform:
    """The platform of an assembly that was read."""
    told = {
        ADMINISTRATION: {"SecretArn": SECRET_ARN},
        BROKERS: {"Servers": kafka.bootstrap_servers, "Security": kafka.security},
    }
    resolver = Resolver(files, told)
    found = _with_part(files, resolver)
    apis = {
        resource: rest_api(
            resource, of.get("Name", resource.name), found[API_RESOURCE], found[API_METHOD], found[API_STAGE]
        )
        for resource, of in found[API]
    }
    addresses = {
        f"https://{resource.ref}.execute-api.{resource.region}.amazonaws.com": (
            api_url if isinstance(api_url, str) else api_url(api.name)
        ).rstrip("/")
        for resource, api in apis.items()
    }
    return Platform(
        stage=_stage(files),
        region=next(iter(files.stacks.values())).region,
        account=ACCOUNT,
        functions=_all(_function, found[FUNCTION], files),
        mappings=_all(_mapping, found[MAPPING]),
        topics=_all(_topic, found[TOPIC]),
        tables=_all(_table, found[TABLE]),
        buckets=tuple(Bucket(resource.name) for resource, _ in found[BUCKET]),
        apis=tuple(apis.values()),
        outputs=dict(_outputs(files, resolver, addresses)),
        jobs=_all(job, found[JOB], files),
        triggers=_all(trigger, found[TRIGGER]),
        workflows=_all(workflow, found[WORKFLOW]),
        databases=_all(database, found[DATABASE]),
        warehouses=_all(warehouse, found[WORKGROUP], found[NAMESPACE]),
    )


def _with_part(files: Assembly, resolver: Resolver) -> Values[str, list[Described]]:
    """The resources that have a part here, by type, resolved; raises for the first that is not to be had here."""
    found: dict[str, list[Described]] = {type: [] for type in READ}
    for stack in files.stacks.values():
        for resource, written in resolver.resources(stack):
            if resource.type not in WITHOUT_EFFECT:
                _check(resource, written)
                read = {name: item for name, item in written.items() if name in READ[resource.type]}
                with _shape_told(f"the resource {resource.logical_id} of {resource.stack}"):
                    found[resource.type].append((resource, resolver.value(stack, read)))
    return found


def _check(resource: Resource, written: Values[str, Any]) -> None:
    """Raise `UnsupportedResource` or `UnsupportedProperty` for what no part here would heed."""
    where = f"{resource.stack}: {resource.logical_id}"
    if resource.type not in READ:
        raise UnsupportedResource(f"{where} is of type {resource.type}, which has no part on the laptop")
    passed_over = PROPERTIES_WITHOUT_EFFECT.get(resource.type, {})
    for name in written:
        if name not in READ[resource.type] and name not in passed_over:
            raise UnsupportedProperty(f"{where} ({resource.type}) asks for {name}, which the laptop cannot do")


def _function(resource: Resource, properties: Values[str, Any], files: Assembly) -> Function:
    """The function, with its code where this machine can run it."""
    return Function(
        name=resource.name,
        handler=properties["Handler"],
        code=files.host_twin(properties["Code"].get("S3Key", "")),
        environment={name: str(text) for name, text in properties.get("Environment", {}).get("Variables", {}).items()},
        timeout_seconds=int(properties.get("Timeout", _TIMEOUT_SECONDS)),
        memory_mb=int(properties.get("MemorySize", _MEMORY_MB)),
        reserved_concurrency=properties.get("ReservedConcurrentExecutions"),
    )


def _mapping(resource: Resource, properties: Values[str, Any]) -> Mapping:
    """The mapping, named by its logical id; its group is that which it chooses, else one as Lambda makes up."""
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


def _topic(resource: Resource, properties: Values[str, Any]) -> Topic:
    """The topic with its settings in clear text."""
    return Topic(resource.name, int(properties["PartitionCount"]), decoded(properties.get("Configs", "")))


def _table(resource: Resource, properties: Values[str, Any]) -> Table:
    """The table as boto3 creates it."""
    arguments = {name: properties[name] for name in _TABLE_ARGUMENTS if name in properties}
    return Table(resource.name, {"TableName": resource.name, **arguments})


def _outputs(files: Assembly, resolver: Resolver, addresses: Values[str, str]) -> Iterator[tuple[str, str]]:
    """The stacks' outputs, but for those that only pass values between stacks; APIs' addresses are local ones."""
    for stack in files.stacks.values():
        for name, output in stack.template.get("Outputs", {}).items():
            if "Export" in output:
                continue
            text = str(resolver.value(stack, output["Value"]))
            for on_aws, here in addresses.items():
                text = text.replace(on_aws, here)
            yield name, text


def _stage(files: Assembly) -> str:
    """The stage's name: stacks are called `tillstream-STAGE` and `tillstream-STAGE-…`."""
    return min(files.stacks, key=len).partition("-")[2]
