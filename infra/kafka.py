"""The Kafka cluster and its topic, and what a role may do with them."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Fn, RemovalPolicy, aws_msk
from aws_cdk import aws_logs as logs
from constructs import Construct

from commerce.topic_configs import encoded
from infra.network import Network
from infra.stages import KafkaValues

VERSION: Final = "3.9.x.kraft"
BOOTSTRAP_BROKERS: Final = "kafka:GetBootstrapBrokers"
"""An action to allow on `*`: AWS's reference binds it to no resource, its examples to a cluster; `*` holds for both."""


def server_properties(brokers: int) -> dict[str, str]:
    """The brokers' settings: a row is acknowledged when all brokers but one have it."""
    return {
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(brokers),
        "min.insync.replicas": str(brokers - 1),
        "unclean.leader.election.enable": "false",
        # Twice the topic's retention: a stalled consumer's offsets must outlive the messages that it has not read.
        "offsets.retention.minutes": "20160",
    }


class KafkaCluster(Construct):
    """A provisioned MSK cluster with a broker a zone, reached with TLS and IAM only. Retained: it holds data."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        network: Network,
        values: KafkaValues,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id)
        properties = "".join(f"{key}={value}\n" for key, value in server_properties(values.brokers).items())
        configuration = aws_msk.CfnConfiguration(self, "Configuration", name=platform, server_properties=properties)
        cluster = aws_msk.CfnCluster
        self.cluster = cluster(
            self,
            "Cluster",
            cluster_name=platform,
            kafka_version=VERSION,
            number_of_broker_nodes=values.brokers,
            broker_node_group_info=cluster.BrokerNodeGroupInfoProperty(
                client_subnets=network.first_subnets(values.brokers).subnet_ids,
                instance_type=values.broker_type,
                security_groups=[network.brokers.security_group_id],
                storage_info=cluster.StorageInfoProperty(
                    ebs_storage_info=cluster.EBSStorageInfoProperty(volume_size=values.broker_storage_gb)
                ),
            ),
            client_authentication=cluster.ClientAuthenticationProperty(
                sasl=cluster.SaslProperty(iam=cluster.IamProperty(enabled=True)),
                unauthenticated=cluster.UnauthenticatedProperty(enabled=False),
            ),
            encryption_info=cluster.EncryptionInfoProperty(
                encryption_in_transit=cluster.EncryptionInTransitProperty(client_broker="TLS", in_cluster=True)
            ),
            configuration_info=cluster.ConfigurationInfoProperty(
                arn=configuration.attr_arn, revision=configuration.attr_latest_revision_revision
            ),
            logging_info=None if values.for_trying_out else self._logging(log_retention),
        )
        self.cluster.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.arn = self.cluster.attr_arn

    def _logging(self, retention: logs.RetentionDays) -> aws_msk.CfnCluster.LoggingInfoProperty:
        """The setting by which the brokers log to CloudWatch."""
        group = logs.LogGroup(self, "Logs", retention=retention, removal_policy=RemovalPolicy.DESTROY)
        cluster = aws_msk.CfnCluster
        to_group = cluster.CloudWatchLogsProperty(enabled=True, log_group=group.log_group_name)
        return cluster.LoggingInfoProperty(broker_logs=cluster.BrokerLogsProperty(cloud_watch_logs=to_group))


class Topic(Construct):
    """A topic of a cluster. Retained: a change of its name or replication would replace it, and its data."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        cluster_arn: str,
        name: str,
        partitions: int,
        replicas: int,
        configs: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.cluster_arn = cluster_arn
        topic = aws_msk.CfnTopic(
            self,
            "Topic",
            cluster_arn=self.cluster_arn,
            topic_name=name,
            partition_count=partitions,
            replication_factor=replicas,
            configs=encoded(configs),
        )
        topic.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    @property
    def arn(self) -> str:
        """The ARN by which a policy allows actions on this topic."""
        return self._inside(f"topic/{{}}/{self.name}")

    @property
    def cluster_name(self) -> str:
        """The name of the topic's cluster, by which MSK's metrics are found."""
        return Fn.select(1, Fn.split("/", self.cluster_arn))

    def group_arn(self, group: str) -> str:
        """The ARN by which a policy allows actions on a consumer group of this cluster."""
        return self._inside(f"group/{{}}/{group}")

    def _inside(self, path: str) -> str:
        """The ARN of a path inside the cluster, in which `{}` stands for the cluster's name and id."""
        before, after = (Fn.select(index, Fn.split(":cluster/", self.cluster_arn)) for index in (0, 1))
        return f"{before}:{path.format(after)}"
