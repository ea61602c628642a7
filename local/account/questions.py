"""The questions of `tillstream doctor --stage`: reading calls of AWS, each answered, or recorded as not answered."""

import textwrap
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from local.account.answers import Answers, Caller, Names, Unasked, Use, Zone
from local.account.needs import Needs
from local.account.quotas import QUOTAS

CONFIG: Final = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 2})
DENIED: Final = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "Forbidden")
TABLES: Final = "tables"
BUCKETS: Final = "buckets"

T = TypeVar("T")


class Account:
    """An account in one region, by the credentials that boto3's usual chain finds."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """The answer of one call."""
        return getattr(self._client(service), operation)(**parameters)

    def pages(self, service: str, operation: str, key: str, **parameters: Any) -> list[Any]:
        """The items of all pages of a call; `key` names them in each answer."""
        pages = self._client(service).get_paginator(operation).paginate(**parameters)
        return [item for page in pages for item in page.get(key, ())]

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=self._region, config=CONFIG)
        return self._clients[service]


def ask(needs: Needs, account: Account) -> Answers:
    """Ask all questions of an account; only the first is asked where it has no answer."""
    caller = _asked("sts:GetCallerIdentity", lambda: _caller(account))
    if isinstance(caller, Unasked):
        return _nothing(caller)
    return Answers(
        caller=caller,
        region=_asked("ec2:DescribeRegions", lambda: _region(account, needs.region)),
        zones=_asked("ec2:DescribeAvailabilityZones", lambda: _zones(account)),
        subnets=_asked("ec2:DescribeSubnets", lambda: _subnets(account, needs.subnets)),
        types=_asked("ec2:DescribeInstanceTypeOfferings", lambda: _types(account, needs.broker_type)),
        versions=_asked("kafka:ListKafkaVersions", lambda: _versions(account)),
        concurrency=_asked("lambda:GetAccountSettings", lambda: _concurrency(account)),
        quotas={name: _quota(account, name) for name, quota in QUOTAS.items() if quota.wanted(needs)},
        bootstrap=_asked("ssm:GetParameter", lambda: _bootstrap(account, needs.bootstrap_parameter)),
        stacks={
            name: _asked("cloudformation:DescribeStacks", partial(_status, account, name)) for name in needs.stacks
        },
        names={
            type: _asked(action, partial(question, account, needs))
            for type, (action, question) in NAMES.items()
            if any(it.type == type for it in needs.names)
        },
        remains={
            TABLES: _asked("dynamodb:ListTables", lambda: _remains(_tables(account), needs)),
            BUCKETS: _asked("s3:ListAllMyBuckets", lambda: _remains(_buckets(account), needs)),
        },
        log_role=_asked(
            "apigateway:GET", lambda: str(account.call("apigateway", "get_account").get("cloudwatchRoleArn", ""))
        ),
    )


def _nothing(caller: Unasked) -> Answers:
    """The answers of an account that does not say who asks."""
    return Answers(
        caller=caller, region=caller, zones=caller, subnets=caller, types=caller, versions=caller, concurrency=caller,
        quotas={}, bootstrap=caller, stacks={}, names={}, remains={}, log_role=caller,
    )  # fmt: skip


def _asked(action: str, question: Callable[[], T]) -> T | Unasked:
    """The answer, or the reason why there is none."""
    try:
        return question()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        denied = code in DENIED or error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        return Unasked(action, _line(f"{code}: {error.response['Error'].get('Message', '')}".rstrip(": ")), denied)
    except (BotoCoreError, ResponseParserError) as error:
        return Unasked(action, _line(str(error)), denied=False)


def _line(text: str) -> str:
    """A text as one short line: what stands between AWS and us may answer with a page."""
    return textwrap.shorten(text, 160, placeholder=" …")


def _caller(account: Account) -> Caller:
    found = account.call("sts", "get_caller_identity")
    return Caller(found["Account"], found["Arn"])


def _region(account: Account, name: str) -> str:
    found = account.call("ec2", "describe_regions", AllRegions=True)["Regions"]
    return next((str(it["OptInStatus"]) for it in found if it["RegionName"] == name), "unknown")


def _zones(account: Account) -> dict[str, Zone]:
    found = account.call("ec2", "describe_availability_zones")["AvailabilityZones"]
    return {it["ZoneName"]: Zone(it["ZoneName"], it["ZoneId"], it["State"] == "available") for it in found}


def _subnets(account: Account, ids: tuple[str, ...]) -> dict[str, str]:
    found = account.call("ec2", "describe_subnets", SubnetIds=list(ids))["Subnets"] if ids else []
    return {it["SubnetId"]: it["AvailabilityZoneId"] for it in found}


def _types(account: Account, broker_type: str) -> Names:
    """The ids of the zones that have the type, which MSK names as EC2 does, behind `kafka.`."""
    wanted = [{"Name": "instance-type", "Values": [broker_type.removeprefix("kafka.")]}]
    found = account.pages(
        "ec2", "describe_instance_type_offerings", "InstanceTypeOfferings",
        LocationType="availability-zone-id", Filters=wanted,
    )  # fmt: skip
    return frozenset(it["Location"] for it in found)


def _versions(account: Account) -> Names:
    found = account.pages("kafka", "list_kafka_versions", "KafkaVersions")
    return frozenset(it["Version"] for it in found if it["Status"] == "ACTIVE")


def _concurrency(account: Account) -> Use:
    limit = account.call("lambda", "get_account_settings")["AccountLimit"]
    quota = limit["ConcurrentExecutions"]
    return Use(quota, quota - limit["UnreservedConcurrentExecutions"])


def _quota(account: Account, name: str) -> Use | Unasked:
    quota, (action, count) = QUOTAS[name], COUNTS[name]
    limit = _asked(
        "servicequotas:GetServiceQuota",
        lambda: float(
            account.call("service-quotas", "get_service_quota", ServiceCode=quota.service, QuotaCode=quota.code)[
                "Quota"
            ]["Value"]
        ),
    )
    used = _asked(action, lambda: count(account))
    if isinstance(limit, Unasked):
        return limit
    return used if isinstance(used, Unasked) else Use(limit, used)


def _vpcs(account: Account) -> float:
    return len(account.pages("ec2", "describe_vpcs", "Vpcs"))


def _gateways(account: Account) -> float:
    only = [{"Name": "vpc-endpoint-type", "Values": ["Gateway"]}]
    return len(account.pages("ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=only))


def _brokers(account: Account) -> float:
    found = account.pages("kafka", "list_clusters_v2", "ClusterInfoList")
    return float(sum(it.get("Provisioned", {}).get("NumberOfBrokerNodes", 0) for it in found))


COUNTS: Final[Mapping[str, tuple[str, Callable[[Account], float]]]] = {
    "VPCs": ("ec2:DescribeVpcs", _vpcs),
    "gateway endpoints": ("ec2:DescribeVpcEndpoints", _gateways),
    "brokers": ("kafka:ListClustersV2", _brokers),
    # what other jobs run just now is no measure of what they may run
    "Glue's DPUs": ("", lambda account: 0.0),
}
"""By the keys of `QUOTAS`: how much an account uses of each, and the IAM action that asks it."""


def _bootstrap(account: Account, parameter: str) -> int | None:
    try:
        return int(account.call("ssm", "get_parameter", Name=parameter)["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise


def _status(account: Account, stack: str) -> str:
    try:
        [found] = account.call("cloudformation", "describe_stacks", StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise
    return str(found["StackStatus"])


def _tables(account: Account) -> list[str]:
    return account.pages("dynamodb", "list_tables", "TableNames")


def _buckets(account: Account) -> list[str]:
    return [it["Name"] for it in account.call("s3", "list_buckets")["Buckets"]]


def _remains(names: list[str], needs: Needs) -> Names:
    """The names among these that CloudFormation would make from a name of the stage's stacks."""
    return frozenset(it for it in names if it.startswith(tuple(f"{stack}-" for stack in needs.stacks)))


def _log_groups(account: Account, needs: Needs) -> Names:
    wanted = [it.name for it in needs.names if it.type == "AWS::Logs::LogGroup"]
    prefixes = {it.rpartition("/")[0] + "/" for it in wanted}
    groups = [
        it
        for prefix in prefixes
        for it in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
    ]
    return frozenset(it["logGroupName"] for it in groups)


def _listed(service: str, operation: str, key: str, name: str) -> Callable[[Account, Needs], Names]:
    """A question that lists all of a type; `name` is the field with the name of each, "" where the item is the name."""

    def question(account: Account, needs: Needs) -> Names:
        return frozenset(it[name] if name else it for it in account.pages(service, operation, key))

    return question


NAMES: Final[Mapping[str, tuple[str, Callable[[Account, Needs], Names]]]] = {
    "AWS::CloudWatch::Dashboard": (
        "cloudwatch:ListDashboards",
        _listed("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ),
    "AWS::Glue::Database": ("glue:GetDatabases", _listed("glue", "get_databases", "DatabaseList", "Name")),
    "AWS::Glue::Job": ("glue:ListJobs", _listed("glue", "list_jobs", "JobNames", "")),
    "AWS::Glue::Trigger": ("glue:ListTriggers", _listed("glue", "list_triggers", "TriggerNames", "")),
    "AWS::Glue::Workflow": ("glue:ListWorkflows", _listed("glue", "list_workflows", "Workflows", "")),
    "AWS::IAM::Role": ("iam:ListRoles", _listed("iam", "list_roles", "Roles", "RoleName")),
    "AWS::Logs::LogGroup": ("logs:DescribeLogGroups", _log_groups),
    "AWS::MSK::Cluster": (
        "kafka:ListClustersV2",
        _listed("kafka", "list_clusters_v2", "ClusterInfoList", "ClusterName"),
    ),
    "AWS::MSK::Configuration": (
        "kafka:ListConfigurations",
        _listed("kafka", "list_configurations", "Configurations", "Name"),
    ),
    "AWS::RedshiftServerless::Namespace": (
        "redshift-serverless:ListNamespaces",
        _listed("redshift-serverless", "list_namespaces", "namespaces", "namespaceName"),
    ),
    "AWS::RedshiftServerless::Workgroup": (
        "redshift-serverless:ListWorkgroups",
        _listed("redshift-serverless", "list_workgroups", "workgroups", "workgroupName"),
    ),
}
"""By type: the IAM action that lists all of an account's resources of it, and the question."""
