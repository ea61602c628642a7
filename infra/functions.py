"""A function of ours, the same in everything but its folder, its settings and what it may do."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy, aws_dynamodb, aws_iam, aws_s3
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from commerce.settings import to_env
from infra.assets import asset
from infra.network import Network
from infra.sources import handler_module


class PythonFunction(Construct):
    """A Lambda function on Python 3.13 and arm64, with its own role and its own log group.

    The role may write its logs and nothing else until `may` names an action.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        folder: str,
        settings: Any = None,
        timeout: Duration,
        memory_mb: int,
        log_retention: logs.RetentionDays,
        reserved_concurrency: int | None = None,
        network: Network | None = None,
    ) -> None:
        super().__init__(scope, id)
        log_group = logs.LogGroup(self, "Logs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY)
        self.role = aws_iam.Role(self, "Role", assumed_by=aws_iam.ServicePrincipal("lambda.amazonaws.com"))
        self.may(log_group.log_group_arn, "logs:CreateLogStream", "logs:PutLogEvents")
        if network:
            self.may_join_networks()
        package = asset(folder)
        self.function = lambda_.Function(
            self,
            "Default",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(package.deploy), asset_hash=package.digest),
            handler=f"{handler_module(folder)}.handler",
            environment=to_env(settings) if settings else None,
            timeout=timeout,
            memory_size=memory_mb,
            reserved_concurrent_executions=reserved_concurrency,
            role=self.role,
            log_group=log_group,
            vpc=network.vpc if network else None,
            vpc_subnets=network.subnets if network else None,
            security_groups=[network.clients] if network else None,
        )

    def may(
        self, resource: aws_s3.IBucket | aws_dynamodb.ITable | str, *actions: str, under: str | None = None
    ) -> None:
        """Allow these actions on a table, a bucket (its objects `under` a prefix where one is named) or an ARN."""
        self.role.add_to_policy(aws_iam.PolicyStatement(actions=list(actions), resources=[arn_of(resource, under)]))

    def may_list(self, bucket: aws_s3.IBucket, *, under: str) -> None:
        """Allow listing the keys under a prefix. Without it S3 answers 403, not 404, for a key that is not there."""
        condition = {"StringLike": {"s3:prefix": f"{under}*"}}
        statement = aws_iam.PolicyStatement(
            actions=["s3:ListBucket"], resources=[bucket.bucket_arn], conditions=condition
        )
        self.role.add_to_policy(statement)

    def may_join_networks(self) -> None:
        """Allow Lambda to place its network interfaces; EC2 lets none of these actions be bound to a resource."""
        self.may(
            "*",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        )


def arn_of(resource: aws_s3.IBucket | aws_dynamodb.ITable | str, under: str | None) -> str:
    """The ARN that a statement names for a table, a bucket or its objects under a prefix, or an ARN as it stands."""
    if isinstance(resource, str):
        return resource
    if isinstance(resource, aws_dynamodb.Table):
        return resource.table_arn
    bucket: Any = resource
    return str(bucket.bucket_arn if under is None else bucket.arn_for_objects(f"{under}*"))
