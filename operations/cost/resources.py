"""The cost of each resource type: by the hour, by use, or free.

A type that is in no table here is refused by name, so that nothing enters a template without its price.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

Properties = Mapping[str, Any]
Hourly = Callable[[Properties], list[tuple[str, Decimal]]]
"""A price's name, and how many of its units one idle resource uses in an hour."""


def brokers(of: Properties) -> list[tuple[str, Decimal]]:
    """Brokers by their type, and their disks."""
    nodes, group = Decimal(of["NumberOfBrokerNodes"]), of["BrokerNodeGroupInfo"]
    size = Decimal(group["StorageInfo"]["EBSStorageInfo"]["VolumeSize"])
    return [(group["InstanceType"], nodes), ("msk-storage", nodes * size)]


def endpoint(of: Properties) -> list[tuple[str, Decimal]]:
    """An interface endpoint in each of its subnets; gateway endpoints are free."""
    return [("interface-endpoint", Decimal(len(of["SubnetIds"])))] if of.get("VpcEndpointType") == "Interface" else []


def namespace(of: Properties) -> list[tuple[str, Decimal]]:
    """The secret that Redshift creates for its administrator."""
    return [("secret", Decimal(1))] if of.get("ManageAdminPassword") else []


def alarm(of: Properties) -> list[tuple[str, Decimal]]:
    """Each metric that the alarm looks at: one, or those of its expression."""
    return [("alarm", Decimal(sum("MetricStat" in it for it in of.get("Metrics", [])) or 1))]


HOURLY: Final[Mapping[str, Hourly]] = {
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::Dashboard": lambda of: [("dashboard", Decimal(1))],
    "AWS::EC2::VPCEndpoint": endpoint,
    "AWS::KMS::Key": lambda of: [("key", Decimal(1))],
    "AWS::MSK::Cluster": brokers,
    "AWS::RedshiftServerless::Namespace": namespace,
    "AWS::SecretsManager::Secret": lambda of: [("secret", Decimal(1))],
}

CLUSTER: Final = "AWS::MSK::Cluster"
MAPPING: Final = "AWS::Lambda::EventSourceMapping"
"""Mappings of one group are paid together (see `operations.cost.hour`)."""

JOB: Final = "AWS::Glue::Job"
TRIGGER: Final = "AWS::Glue::Trigger"
WORKGROUP: Final = "AWS::RedshiftServerless::Workgroup"
SCHEDULED: Final = (JOB, WORKGROUP)
"""Types paid by the minute of a run: their hour depends on the schedules (see `operations.cost.hour`)."""

BY_USE: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::ApiGateway::RestApi": ("api-calls",),
    "AWS::DynamoDB::Table": ("dynamodb-writes", "dynamodb-reads", "dynamodb-storage", "dynamodb-recovery"),
    "AWS::EC2::VPCEndpoint": ("endpoint-data",),
    "AWS::Glue::Job": ("glue",),
    "AWS::Lambda::Function": ("lambda-calls", "lambda-time", "metrics", "traces"),
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
    "AWS::Events::Rule": "events of AWS's own services are free",
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
    "AWS::SNS::Topic": "a thousand e-mails a month are free, and an alarm sends two",
    "AWS::SNS::TopicPolicy": _CONTROL,
    "Custom::BootstrapBrokers": "one call of a function a deployment",
    "Custom::WarehouseAdministration": "one call of a function a deployment",
}
"""The reason why a type is free, by type."""


def is_known(type: str) -> bool:
    """Whether a type has a price or is listed as free."""
    return type in HOURLY or type in BY_USE or type in SCHEDULED or type in FREE or type == MAPPING
