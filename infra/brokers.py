"""Where the cluster's brokers are, asked once a deployment."""

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.functions import PythonFunction
from infra.kafka import BROKERS, Topic


class BootstrapBrokers(Construct):
    """The brokers' addresses and the security that clients must use: `servers` and `security`."""

    def __init__(self, scope: Construct, id: str, *, topic: Topic, log_retention: logs.RetentionDays) -> None:
        super().__init__(scope, id)
        lookup = PythonFunction(
            self,
            "Lookup",
            folder="infra/bootstrap_brokers",
            timeout=Duration.seconds(60),
            memory_mb=256,
            log_retention=log_retention,
        )
        lookup.may(topic.cluster_arn, "kafka:GetBootstrapBrokers")
        answer = CustomResource(
            self,
            "Answer",
            service_token=lookup.function.function_arn,
            resource_type="Custom::BootstrapBrokers",
            # CloudFormation asks again when an input changes: their number is one, so that added brokers are found.
            service_timeout=Duration.minutes(3),
            properties={"ClusterArn": topic.cluster_arn, "Brokers": str(BROKERS)},
        )
        answer.node.add_dependency(lookup.role)
        self.servers = answer.get_att_string("Servers")
        self.security = answer.get_att_string("Security")
