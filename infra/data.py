"""The stack of what must never be lost: cluster and topic, tables, bucket, warehouse, and the network around them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aws_cdk import Aws, RemovalPolicy, Stack, aws_glue
from aws_cdk import aws_logs as logs
from constructs import Construct

from commerce import keys
from infra.kafka import KafkaCluster, Topic
from infra.lake import LakeBucket
from infra.network import ExistingVpc, Network
from infra.tables import KeyedTable
from infra.warehouse import Warehouse

ORDER_LINES: Final = "order-lines"
PARTITIONS: Final = 6
TOPIC_CONFIGS: Final[Mapping[str, str]] = {
    "retention.ms": str(7 * 24 * 60 * 60 * 1000),
    # The raw archive tells a recreated topic by the brokers' own times.
    "message.timestamp.type": "LogAppendTime",
}


class Data(Stack):
    """Every resource that holds data, each retained, in a stack that nobody deletes by mistake."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        zones: Sequence[str],
        poller_endpoints: bool,
        broker_type: str,
        broker_storage_gb: int,
        warehouse_capacity: tuple[int, int],
        existing_vpc: ExistingVpc | None,
        cluster_arn: str | None,
        log_retention: logs.RetentionDays,
        **stack: Any,
    ) -> None:
        super().__init__(scope, id, **stack)
        self.network = Network(self, "Network", zones=zones, poller_endpoints=poller_endpoints, existing=existing_vpc)
        cluster_arn = (
            cluster_arn
            or KafkaCluster(
                self,
                "Kafka",
                name=name,
                network=self.network,
                broker_type=broker_type,
                storage_gb=broker_storage_gb,
                log_retention=log_retention,
            ).arn
        )
        self.order_lines = Topic(
            self, "OrderLines", cluster_arn=cluster_arn, name=ORDER_LINES, partitions=PARTITIONS, configs=TOPIC_CONFIGS
        )
        self.lake = LakeBucket(self, "Lake")
        self.invoices = KeyedTable(self, "Invoices", key=keys.INVOICES)
        self.customers = KeyedTable(self, "Customers", key=keys.CUSTOMERS)
        self.offsets = KeyedTable(self, "Offsets", key=keys.OFFSETS)
        self.database = name.replace("-", "_")  # Spark and Athena want no dash in it
        self._add_database()
        self.warehouse = Warehouse(
            self,
            "Warehouse",
            name=name,
            database=self.database,
            network=self.network,
            lake=self.lake,
            capacity=warehouse_capacity,
            log_retention=log_retention,
        )

    def _add_database(self) -> None:
        """The Glue database of the lake's table. Retained: without it nothing finds the table's files."""
        database = aws_glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Aws.ACCOUNT_ID,
            database_input=aws_glue.CfnDatabase.DatabaseInputProperty(name=self.database),
        )
        database.apply_removal_policy(RemovalPolicy.RETAIN)
