"""What each type of resource costs: standing still by the hour, by use, or nothing.

A type that is in no table here is refused by name, so that nothing enters a template without its price.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

Properties = Mapping[str, Any]
Hourly = Callable[[Properties], list[tuple[str, Decimal]]]
"""The price's name and how many of its units an hour, of one resource standing still."""

POLLERS_A_UNIT: Final = 4
"""An event poller unit carries 20 MB/s, a poller 5."""


def brokers(of: Properties) -> list[tuple[str, Decimal]]:
    """Brokers by their type, and their disks."""
    nodes, group = Decimal(of["NumberOfBrokerNodes"]), of["BrokerNodeGroupInfo"]
    size = Decimal(group["StorageInfo"]["EBSStorageInfo"]["VolumeSize"])
    return [(group["InstanceType"], nodes), ("msk-storage", nodes * size)]


def endpoint(of: Properties) -> list[tuple[str, Decimal]]:
    """An interface in each of its subnets; gateways are free."""
    return [("interface-endpoint", Decimal(len(of["SubnetIds"])))] if of.get("VpcEndpointType") == "Interface" else []


def pollers(of: Properties) -> list[tuple[str, Decimal]]:
    """The least of provisioned pollers, in whole units; on demand there are none to pay."""
    least = of.get("ProvisionedPollerConfig", {}).get("MinimumPollers", 0)
    return [("event-poller-unit", Decimal(-(-least // POLLERS_A_UNIT)))] if least else []


def namespace(of: Properties) -> list[tuple[str, Decimal]]:
    """The secret that Redshift makes of its administrator."""
    return [("secret", Decimal(1))] if of.get("ManageAdminPassword") else []


HOURLY: Final[Mapping[str, Hourly]] = {
    "AWS::CloudWatch::Alarm": lambda of: [("alarm", Decimal(1))],
    "AWS::EC2::VPCEndpoint": endpoint,
    "AWS::KMS::Key": lambda of: [("key", Decimal(1))],
    "AWS::Lambda::EventSourceMapping": pollers,
    "AWS::MSK::Cluster": brokers,
    "AWS::RedshiftServerless::Namespace": namespace,
    "AWS::SecretsManager::Secret": lambda of: [("secret", Decimal(1))],
}

JOB: Final = "AWS::Glue::Job"
TRIGGER: Final = "AWS::Glue::Trigger"
WORKGROUP: Final = "AWS::RedshiftServerless::Workgroup"
SCHEDULED: Final = (JOB, WORKGROUP)
"""Paid by the minute that they run: an hour of theirs hangs on the schedules (see `operations.cost.hour`)."""

BY_USE: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::ApiGateway::RestApi": ("api-calls",),
    "AWS::DynamoDB::Table": ("dynamodb-writes", "dynamodb-reads", "dynamodb-storage", "dynamodb-recovery"),
    "AWS::EC2::VPCEndpoint": ("endpoint-data",),
    "AWS::Glue::Job": ("glue",),
    "AWS::Lambda::Function": ("lambda-calls", "lambda-time"),
    "AWS::Logs::LogGroup": ("logs",),
    "AWS::RedshiftServerless::Namespace": ("redshift-storage",),
    "AWS::RedshiftServerless::Workgroup": ("redshift",),
    "AWS::S3::Bucket": ("s3-storage", "s3-puts"),
}

_CONTROL: Final = "a setting, for which AWS asks nothing"
_NETWORK: Final = "AWS asks nothing for it; what flows between zones is paid by the GB"
_OF_API: Final = "part of the API, which is paid by the call"
FREE: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::Account": _CONTROL,
    "AWS::ApiGateway::Deployment": _OF_API,
    "AWS::ApiGateway::Method": _OF_API,
    "AWS::ApiGateway::Resource": _OF_API,
    "AWS::ApiGateway::Stage": "its cache would cost by the hour, and is off",
    "AWS::EC2::RouteTable": _NETWORK,
    "AWS::EC2::SecurityGroup": _NETWORK,
    "AWS::EC2::SecurityGroupEgress": _NETWORK,
    "AWS::EC2::SecurityGroupIngress": _NETWORK,
    "AWS::EC2::Subnet": _NETWORK,
    "AWS::EC2::SubnetRouteTableAssociation": _NETWORK,
    "AWS::EC2::VPC": _NETWORK,
    "AWS::Events::Rule": "what AWS's own services tell is free",
    "AWS::Glue::Database": "a million objects of the catalog are free",
    "AWS::Glue::Trigger": "what it starts is paid",
    "AWS::Glue::Workflow": "what it starts is paid",
    "AWS::IAM::ManagedPolicy": _CONTROL,
    "AWS::IAM::Policy": _CONTROL,
    "AWS::IAM::Role": _CONTROL,
    "AWS::Lambda::Permission": _CONTROL,
    "AWS::MSK::Configuration": _CONTROL,
    "AWS::MSK::Topic": "provisioned clusters have no price by partition",
    "AWS::S3::BucketPolicy": _CONTROL,
    "Custom::BootstrapBrokers": "one call of a function a deployment",
    "Custom::WarehouseAdministration": "one call of a function a deployment",
}
"""By type, why it costs nothing."""


def is_known(type: str) -> bool:
    """Whether a type has its price, or the word that it has none."""
    return type in HOURLY or type in BY_USE or type in SCHEDULED or type in FREE
