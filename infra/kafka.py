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
BROKERS: Final = 3
BOOTSTRAP_BROKERS: Final = "kafka:GetBootstrapBrokers"
"""An action to allow on `*`: AWS's reference binds it to no resource, its examples to a cluster; `*` holds for both."""

SERVER_PROPERTIES: Final = {
    "auto.create.topics.enable": "false",
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
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
        log_group = logs.LogGroup(self, "Logs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY)
        properties = "".join(f"{key}={value}\n" for key, value in SERVER_PROPERTIES.items())
        configuration = aws_msk.CfnConfiguration(self, "Configuration", name=platform, server_properties=properties)
        cluster = aws_msk.CfnCluster
        self.cluster = cluster(
            self,
            "Cluster",
            cluster_name=platform,
            kafka_version=VERSION,
            number_of_broker_nodes=BROKERS,
            broker_node_group_info=cluster.BrokerNodeGroupInfoProperty(
                client_subnets=network.vpc.select_subnets(subnet_type=network.subnets.subnet_type).subnet_ids,
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
            logging_info=cluster.LoggingInfoProperty(
                broker_logs=cluster.BrokerLogsProperty(
                    cloud_watch_logs=cluster.CloudWatchLogsProperty(enabled=True, log_group=log_group.log_group_name)
                )
            ),
        )
        self.cluster.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.arn = self.cluster.attr_arn


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
            replication_factor=BROKERS,
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
