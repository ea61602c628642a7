"""The Lambda functions: the same in everything but folder, settings, limits and rights."""

from dataclasses import dataclass
from typing import Any, Final

from aws_cdk import Aws, Duration, RemovalPolicy, aws_iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from commerce.settings import to_env
from infra.grants import Actor, service
from infra.network import Place
from infra.packaging.functions import asset
from infra.packaging.sources import handler_module

# Of AWS's managed policy AWSLambdaVPCAccessExecutionRole, version 3.
_AS_A_FUNCTION: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a call may take, the memory that it gets, and how many may run at once (None: as many as come)."""

    timeout: Duration
    memory_mb: int
    reserved_concurrency: int | None = None


class PythonFunction(Actor):
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
        limits: Limits,
        log_retention: logs.RetentionDays,
        place: Place | None = None,
    ) -> None:
        super().__init__(scope, id, assumer=service("lambda"))
        self.folder = folder
        log_group = logs.LogGroup(self, "Logs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY)
        self.may(log_group.log_group_arn, "logs:CreateLogStream", "logs:PutLogEvents")
        if place:
            self.may_join_networks(*_AS_A_FUNCTION)
        package = asset(folder)
        self.function = lambda_.Function(
            self,
            "Default",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(package.deploy), asset_hash=package.digest),
            handler=f"{handler_module(folder)}.handler",
            environment=to_env(settings) if settings else None,
            timeout=limits.timeout,
            memory_size=limits.memory_mb,
            reserved_concurrent_executions=limits.reserved_concurrency,
            role=self.role,
            log_group=log_group,
            tracing=lambda_.Tracing.ACTIVE,
            vpc=place.vpc if place else None,
            vpc_subnets=place.subnets if place else None,
            security_groups=[place.group] if place else None,
        )

    def may_join_networks(self, *actions: str) -> None:
        """Allow Lambda these actions with its network interfaces; EC2 binds none of them to a resource.

        The function's own code is denied them: Lambda's calls do not carry the function's ARN, the code's calls do.
        """
        self.may("*", *actions)
        by_code = {"ArnLike": {"lambda:SourceFunctionArn": f"arn:{Aws.PARTITION}:lambda:*:*:function:*"}}
        deny = aws_iam.PolicyStatement(
            effect=aws_iam.Effect.DENY, actions=list(actions), resources=["*"], conditions=by_code
        )
        self.role.add_to_policy(deny)
