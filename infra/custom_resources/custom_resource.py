"""A custom resource: a function that does for a deployment what CloudFormation cannot do itself."""

from collections.abc import Mapping

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.functions import Limits, PythonFunction


class DeploymentFunction(PythonFunction):
    """A short function of little memory that CloudFormation calls when it creates, updates or deletes its resource."""

    def __init__(self, scope: Construct, id: str, *, folder: str, log_retention: logs.RetentionDays) -> None:
        super().__init__(
            scope,
            id,
            folder=folder,
            limits=Limits(timeout=Duration.seconds(60), memory_mb=256),
            log_retention=log_retention,
        )

    def answer(self, scope: Construct, type: str, properties: Mapping[str, str]) -> CustomResource:
        """The function's answer, as the resource `Custom::TYPE` in `scope`; a changed property has it called again."""
        answer = CustomResource(
            scope,
            "Answer",
            service_token=self.function.function_arn,
            resource_type=f"Custom::{type}",
            service_timeout=Duration.minutes(3),
            properties=dict(properties),
        )
        answer.node.add_dependency(self.role)
        return answer
