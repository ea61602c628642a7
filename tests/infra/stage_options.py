"""The resources and properties that an option of a stage adds to the templates or takes away.

In all else stages differ in values only: a test synthesizes every stage, and reads this table to prove that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Difference:
    """The differences between templates with and without an option, by construct paths inside their stack.

    Below the paths of `resources`, resources come or go. The resources of `properties` stay, and these of their
    properties come, go or change their form.
    """

    resources: tuple[str, ...]
    properties: Mapping[str, tuple[str, ...]]


OPTIONS: Final[Mapping[str, Difference]] = {
    "kafka.pollers": Difference(
        # On demand, pollers reach Lambda and STS by endpoints; provisioned ones need none.
        resources=("Network/Lambda", "Network/Sts"),
        properties={
            "OrderTables/Mapping": (
                "BisectBatchOnFunctionError",
                "DestinationConfig",
                "MaximumRetryAttempts",
                "ProvisionedPollerConfig",
            ),
            "OrderTables/Role/DefaultPolicy/Resource": ("PolicyDocument",),
            "RawArchive/Mapping": ("ProvisionedPollerConfig",),
        },
    ),
    "kafka.for_trying_out": Difference(
        # two brokers in two zones, whose logs are not kept, and endpoints in one zone
        resources=("Kafka/Logs",),
        properties={
            "Alarms/BrokerDisk/Resource": ("Metrics",),
            "Kafka/Cluster": ("BrokerNodeGroupInfo", "LoggingInfo"),
            "Network/Lambda/Resource": ("SubnetIds",),
            "Network/Sts/Resource": ("SubnetIds",),
        },
    ),
    "network.vpc_id": Difference(
        # Subnets, routes and ways to AWS's services are then the owner's; what stands in them refers to them by ids.
        resources=("Network/Vpc", "Network/Lambda", "Network/Sts"),
        properties={
            "Browse/Default/Resource": ("VpcConfig",),
            "Census/Default/Resource": ("VpcConfig",),
            "Ingest/Default/Resource": ("VpcConfig",),
            "Kafka/Cluster": ("BrokerNodeGroupInfo",),
            "Network/Brokers/Resource": ("VpcId",),
            "Network/Clients/Resource": ("VpcId",),
            "Network/Viewers/Resource": ("VpcId",),
            "Warehouse/Closed/Resource": ("VpcId",),
            "Warehouse/Workgroup": ("SubnetIds",),
        },
    ),
    "kafka.cluster_arn": Difference(
        resources=("Kafka/", "Network/Brokers/Resource"),
        # What refers to the cluster, its topic or its brokers' group then does so by an id.
        properties={
            "Alarms/BrokerDisk/Resource": ("Metrics",),
            "Alarms/OrderTablesLag/Resource": ("Dimensions",),
            "Alarms/RawArchiveLag/Resource": ("Dimensions",),
            "Brokers/Answer/Default": ("ClusterArn",),
            "Browse/Default/Resource": ("Environment",),
            "Browse/Role/DefaultPolicy/Resource": ("PolicyDocument",),
            "Census/Default/Resource": ("Environment",),
            "Census/Role/DefaultPolicy/Resource": ("PolicyDocument",),
            "Dashboard/Default/Resource": ("DashboardBody",),
            "Ingest/Role/DefaultPolicy/Resource": ("PolicyDocument",),
            "Network/Brokers/from dataNetworkBrokers:9098": ("GroupId", "SourceSecurityGroupId"),
            "Network/Brokers/from dataNetworkClients:9098": ("GroupId",),
            "Network/Brokers/from dataNetworkViewers:9098": ("GroupId",),
            "Network/Clients/to dataNetworkBrokers:9098": ("DestinationSecurityGroupId",),
            "Network/Viewers/to dataNetworkBrokers:9098": ("DestinationSecurityGroupId",),
            "OrderLines/Topic": ("ClusterArn",),
            "OrderTables/Mapping": ("EventSourceArn",),
            "OrderTables/Role/DefaultPolicy/Resource": ("PolicyDocument",),
            "RawArchive/Default/Resource": ("Environment",),
            "RawArchive/Mapping": ("EventSourceArn",),
            "RawArchive/Role/DefaultPolicy/Resource": ("PolicyDocument",),
        },
    ),
    # a stack of its own; of the platform's it uses the API's id
    "api.pages": Difference(
        resources=(
            "Client",
            "Distribution/",
            "Files/",
            "Headers/",
            "Identities",
            "Reader/",
            "Roles",
            "SignIn",
            "Users",
        ),
        properties={},
    ),
    "api.course": Difference(resources=("OrderApi/Api/Default/hello",), properties={}),
}
"""By group and value of `infra.stages.Stage`."""
