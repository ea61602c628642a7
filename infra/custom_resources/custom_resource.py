"""What a deployment needs to know or do beyond CloudFormation: a function of ours, asked once, which answers."""

from collections.abc import Mapping

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.functions import PythonFunction


class DeploymentFunction(PythonFunction):
    """A function that CloudFormation calls as it creates, updates and deletes; short and small."""

    def __init__(self, scope: Construct, id: str, *, folder: str, log_retention: logs.RetentionDays) -> None:
        super().__init__(
            scope, id, folder=folder, timeout=Duration.seconds(60), memory_mb=256, log_retention=log_retention
        )

    def answer(self, scope: Construct, type: str, properties: Mapping[str, str]) -> CustomResource:
        """Its answer, as the resource `Custom::TYPE` in `scope`; it is asked again when a property changes."""
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
