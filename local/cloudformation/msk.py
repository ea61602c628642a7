"""MSK: topics, which the run's Kafka keeps. That Kafka stands for every cluster, and its servers for all brokers."""

from typing import Final

from commerce.topic_configs import decoded
from local.cloudformation.no_effect import LOGS, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.platform import Topic


def topic(resource: Resource, properties: Properties, found: Found) -> Topic:
    """The topic with its settings in clear text."""
    return Topic(resource.name, int(properties["PartitionCount"]), decoded(properties.get("Configs", "")))


CLUSTER: Final = ResourceType(
    "AWS::MSK::Cluster",
    no_effect={
        "BrokerNodeGroupInfo": "the laptop has one broker",
        "ClientAuthentication": "the local broker trusts whoever reaches 127.0.0.1; settings say so to clients",
        "ConfigurationInfo": "the local broker is one, and has settings for one",
        "EncryptionInfo": "nothing leaves this machine",
        "EnhancedMonitoring": "`tillstream status` shows lag",
        "KafkaVersion": "the part's version is pinned in the pom; a test compares the two",
        "LoggingInfo": LOGS,
        "NumberOfBrokerNodes": "the laptop has one broker",
        "Tags": UNBILLED,
    },
    name_property="ClusterName",
    arn="arn:aws:kafka:{region}:{account}:cluster/{name}/{id}-1",
    ref_is_arn=True,
)
CONFIGURATION: Final = ResourceType(
    "AWS::MSK::Configuration",
    no_effect_at_all="the local broker is one, and has settings for one; a topic's own settings are applied",
)
TOPIC: Final = ResourceType(
    "AWS::MSK::Topic",
    reader=topic,
    read=("ClusterArn", "Configs", "PartitionCount", "ReplicationFactor"),
    name_property="TopicName",
    ref_is_arn=True,
)
SERVERS: Final = ResourceType(
    "Custom::BootstrapBrokers",
    read=("Brokers", "ClusterArn", "ServiceTimeout", "ServiceToken"),
    attributes={
        "Servers": lambda _, kafka: kafka.bootstrap_servers,
        "Security": lambda _, kafka: kafka.security,
    },
)

TYPES: Final = (CLUSTER, CONFIGURATION, TOPIC, SERVERS)
