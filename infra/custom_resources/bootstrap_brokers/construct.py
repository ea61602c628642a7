"""The addresses of the cluster's brokers, looked up once a deployment."""

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.custom_resources.custom_resource import DeploymentFunction
from infra.kafka import BOOTSTRAP_BROKERS, Topic


class BootstrapBrokers(Construct):
    """The brokers' addresses and the security that clients must use: `servers` and `security`."""

    def __init__(
        self, scope: Construct, id: str, *, topic: Topic, brokers: int, log_retention: logs.RetentionDays
    ) -> None:
        super().__init__(scope, id)
        lookup = DeploymentFunction(
            self, "Lookup", folder="infra/custom_resources/bootstrap_brokers", log_retention=log_retention
        )
        lookup.may("*", BOOTSTRAP_BROKERS)
        # the number of brokers is a property, so that a deployment that adds some looks up again
        asked = {"ClusterArn": topic.cluster_arn, "Brokers": str(brokers)}
        answer = lookup.answer(self, "BootstrapBrokers", asked)
        self.servers = answer.get_att_string("Servers")
        self.security = answer.get_att_string("Security")
