"""The stack of all that holds data: cluster and topic, tables, bucket, warehouse, and the network around them."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Aws, Environment, RemovalPolicy, Stack, aws_glue
from aws_cdk import aws_logs as logs
from constructs import Construct

from commerce import keys
from commerce.batches.paths import TO_WAREHOUSE
from infra.kafka import KafkaCluster, Topic
from infra.lake import LakeBucket
from infra.network import Network
from infra.stages import PARTITIONS, Stage
from infra.tables import KeyedTable
from infra.warehouse import Warehouse

ORDER_LINES: Final = "order-lines"
TOPIC_CONFIGS: Final[Mapping[str, str]] = {
    "retention.ms": str(7 * 24 * 60 * 60 * 1000),
    # The raw archive recognises a recreated topic by the brokers' own timestamps.
    "message.timestamp.type": "LogAppendTime",
}


class Data(Stack):
    """Every resource that holds data, each retained, in a stack that nobody deletes by mistake.

    A creation that fails retains nothing (`RetainExceptOnCreate`): a resource that is new holds no data, and one that
    remained would refuse the next deployment its name.
    """

    def __init__(self, scope: Construct, id: str, *, stage: Stage, env: Environment) -> None:
        super().__init__(scope, id, env=env, termination_protection=stage.operation.protected)
        platform, kafka, protected = stage.platform, stage.kafka, stage.operation.protected
        log_retention = logs.RetentionDays[stage.operation.log_retention]
        self.network = Network(
            self,
            "Network",
            values=stage.network,
            platform=platform,
            brokers_group=kafka.brokers_group,
            poller_endpoints=0 if kafka.pollers else 1 if kafka.for_trying_out else 3,
        )
        cluster_arn = (
            kafka.cluster_arn
            or KafkaCluster(
                self, "Kafka", platform=platform, network=self.network, values=kafka, log_retention=log_retention
            ).arn
        )
        self.order_lines = Topic(
            self,
            "OrderLines",
            cluster_arn=cluster_arn,
            name=ORDER_LINES,
            partitions=PARTITIONS,
            replicas=kafka.brokers,
            configs=TOPIC_CONFIGS,
        )
        self.lake = LakeBucket(self, "Lake")
        self.invoices = KeyedTable(self, "Invoices", key=keys.INVOICES, protected=protected)
        self.customers = KeyedTable(self, "Customers", key=keys.CUSTOMERS, protected=protected)
        self.offsets = KeyedTable(self, "Offsets", key=keys.OFFSETS, protected=protected)
        self.database = platform.replace("-", "_")  # Spark and Athena want no dash in it
        self._add_database()
        self.warehouse = Warehouse(
            self,
            "Warehouse",
            platform=platform,
            database=self.database,
            network=self.network,
            values=stage.warehouse,
            log_retention=log_retention,
        )
        self.warehouse.may_copy_from(self.lake, TO_WAREHOUSE)
        self.network.reach_only(self.lake, self.invoices, self.offsets)

    def _add_database(self) -> None:
        """The Glue database of the lake's table. Retained: without it nothing finds the table's files."""
        database = aws_glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input=aws_glue.CfnDatabase.DatabaseInputProperty(name=self.database),
        )
        database.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
