"""The stack of all that runs: functions, mappings, the API, jobs. It holds no data, and may be replaced at any time."""

from typing import Final

from aws_cdk import CfnOutput, Duration, Environment, Stack
from aws_cdk import aws_logs as logs
from constructs import Construct

from commerce.batches.paths import BATCHES
from commerce.paths import DEAD_LETTERS, DECISIONS, ERASURES, QUARANTINE, RAW, SALES, VERDICTS
from commerce.settings import BrowseSettings, IngestSettings, OrderTablesSettings, QuerySettings, RawArchiveSettings
from infra.alarms import Alarms
from infra.api import OrderApi
from infra.batch import Batch
from infra.census import Census
from infra.consumers import KafkaConsumer, OnFailure
from infra.custom_resources.bootstrap_brokers.construct import BootstrapBrokers
from infra.custom_resources.warehouse_administration.construct import Administration
from infra.dashboard import Dashboard, way_of_a_row
from infra.data import Data
from infra.functions import Limits, PythonFunction
from infra.metrics import Metrics
from infra.stages import BATCH_SIZE, CONSUMER_MB, ApiValues, KafkaValues, Stage

DELIVERY_SECONDS: Final = 15.0
FUNCTION_SECONDS: Final = 25
"""Delivery 15 s < function 25 s < gateway 29 s: each waits longer than the one that it waits for."""

CONSUMER_LIMITS: Final = Limits(timeout=Duration.minutes(5), memory_mb=CONSUMER_MB)
BISECT_ATTEMPTS: Final = 5
BROWSED: Final = (RAW, BATCHES, QUARANTINE, DEAD_LETTERS, DECISIONS, VERDICTS)
"""The prefixes of the lake bucket that `browse` reads."""
MAINTENANCE_OVERDUE_HOURS: Final = 48


class Platform(Stack):
    """The stream (API → ingest → topic → raw archive and order tables), the query side, and the batch path."""

    def __init__(self, scope: Construct, id: str, *, stage: Stage, data: Data, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        self._data = data
        platform, log_retention = stage.platform, logs.RetentionDays[stage.operation.log_retention]
        self._log_retention = log_retention
        brokers = BootstrapBrokers(
            self, "Brokers", topic=data.order_lines, brokers=stage.kafka.brokers, log_retention=log_retention
        )
        archive_group, tables_group = f"{platform}-raw-archive", f"{platform}-order-tables"

        ingest = self._ingest(brokers, stage.api)
        query = self._query()
        browse = self._browse(brokers, archive_group, tables_group, stage.api)
        archive = self._raw_archive(archive_group, stage.kafka)
        tables = self._order_tables(tables_group, stage.kafka)
        self.api = OrderApi(
            self,
            "OrderApi",
            platform=platform,
            functions={"ingest": ingest.function, "query": query.function, "browse": browse.function},
            values=stage.api,
            log_retention=log_retention,
        )
        # a new version's readers are there before the function that publishes what only they can read
        ingest.function.node.add_dependency(query.function, tables.function)
        warehouse = Administration(
            self,
            "Warehouse",
            warehouse=data.warehouse,
            rpu_hours=stage.warehouse.rpu_hours,
            log_retention=log_retention,
        )
        batch = Batch(
            self,
            "Batch",
            platform=platform,
            data=data,
            values=stage.batch,
            log_retention=log_retention,
        )
        functions = (ingest, query, browse, archive, tables)
        census = Census(
            self,
            "Census",
            data=data,
            brokers=brokers,
            groups=(archive_group, tables_group),
            schedule=stage.operation.census_schedule,
            log_retention=log_retention,
        )
        metrics = Metrics(Duration.seconds(stage.operation.alarms.period_seconds), data.order_lines)
        alarms = Alarms(self, "Alarms", platform=platform, metrics=metrics, values=stage.operation.alarms)
        for function in (ingest, query, browse):
            alarms.errors(function.node.id, function, "the API answers 502")
        for function in (archive, tables):
            alarms.errors(function.node.id, function, "its partitions stand still")
        alarms.errors(census.node.id, census, "nobody counts the topic, and the last verdict grows old", periods=1)
        alarms.unacknowledged("Ingest", ingest)
        alarms.behind("RawArchive", archive, archive_group)
        alarms.behind("OrderTables", tables, tables_group)
        alarms.quarantined(tables, batch.jobs[0])
        alarms.disk(stage.kafka.brokers)
        alarms.failures("Jobs", batch.jobs)
        *workflow, maintenance = batch.jobs
        for job in workflow:
            alarms.overdue(job, hours=stage.operation.alarms.overdue_hours)
        alarms.overdue(maintenance, hours=MAINTENANCE_OVERDUE_HOURS)
        alarms.verdict(data.lake.bucket_name)
        Dashboard(
            self,
            "Dashboard",
            name=platform,
            steps=way_of_a_row(
                metrics,
                {function.folder.rpartition("/")[2]: function for function in functions},
                (archive_group, tables_group),
                {job.folder: job for job in batch.jobs},
            ),
            errors=[metrics.errors(function) for function in functions],
            verdict=metrics.verdict(data.lake.bucket_name),
            alarms=alarms.alarms,
        )

        self._add_outputs(
            ApiUrl=self.api.url,
            BootstrapServers=brokers.servers,
            KafkaSecurity=brokers.security,
            Topic=data.order_lines.name,
            Cluster=data.order_lines.cluster_arn,
            LakeBucket=data.lake.bucket_name,
            InvoicesTable=data.invoices.table_name,
            CustomersTable=data.customers.table_name,
            OffsetsTable=data.offsets.table_name,
            RawArchiveGroup=archive_group,
            OrderTablesGroup=tables_group,
            LakeTable=batch.table,
            WarehouseWorkgroup=data.warehouse.name,
            WarehouseDatabase=data.warehouse.database,
            WarehouseSecret=warehouse.secret_arn,
            BatchWorkflow=batch.workflow,
        )

    def _ingest(self, brokers: BootstrapBrokers, values: ApiValues) -> PythonFunction:
        """The function that publishes rows, inside the brokers' network."""
        topic = self._data.order_lines
        ingest = PythonFunction(
            self,
            "Ingest",
            folder="lambdas/ingest",
            settings=IngestSettings(
                bootstrap_servers=brokers.servers,
                kafka_security=brokers.security,
                topic=topic.name,
                delivery_seconds=DELIVERY_SECONDS,
            ),
            limits=Limits(
                timeout=Duration.seconds(FUNCTION_SECONDS),
                memory_mb=1024,
                reserved_concurrency=values.ingest_concurrency,
            ),
            log_retention=self._log_retention,
            place=self._data.network.of_clients,
        )
        ingest.may(topic.cluster_arn, "kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently")
        ingest.may(topic.arn, "kafka-cluster:DescribeTopic", "kafka-cluster:WriteData")
        return ingest

    def _query(self) -> PythonFunction:
        """The function that reads invoices, customers and the sales extracts."""
        data = self._data
        query = PythonFunction(
            self,
            "Query",
            folder="lambdas/query",
            settings=QuerySettings(
                invoices_table=data.invoices.table_name,
                customers_table=data.customers.table_name,
                lake_bucket=data.lake.bucket_name,
            ),
            limits=Limits(timeout=Duration.seconds(FUNCTION_SECONDS), memory_mb=512),
            log_retention=self._log_retention,
        )
        query.may(data.invoices, "dynamodb:Query")
        query.may(data.customers.table_arn + "/index/*", "dynamodb:Query")
        query.may(data.lake, "s3:GetObject", under=SALES)
        query.may_list(data.lake, SALES)
        return query

    def _browse(
        self, brokers: BootstrapBrokers, archive_group: str, tables_group: str, values: ApiValues
    ) -> PythonFunction:
        """The function that shows the platform, inside the brokers' network. It reads, and changes nothing."""
        data, topic = self._data, self._data.order_lines
        browse = PythonFunction(
            self,
            "Browse",
            folder="lambdas/browse",
            settings=BrowseSettings(
                bootstrap_servers=brokers.servers,
                kafka_security=brokers.security,
                topic=topic.name,
                cluster=topic.cluster_arn,
                raw_archive_group=archive_group,
                order_tables_group=tables_group,
                lake_bucket=data.lake.bucket_name,
                offsets_table=data.offsets.table_name,
                invoices_table=data.invoices.table_name,
            ),
            limits=Limits(
                timeout=Duration.seconds(FUNCTION_SECONDS),
                memory_mb=1024,
                reserved_concurrency=values.browse_concurrency,
            ),
            log_retention=self._log_retention,
            place=data.network.of_viewers,
        )
        browse.may(topic.cluster_arn, "kafka-cluster:Connect")
        browse.may(topic.arn, "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData")
        for group in (archive_group, tables_group):
            browse.may(topic.group_arn(group), "kafka-cluster:DescribeGroup")
        browse.may(data.offsets, "dynamodb:BatchGetItem", "dynamodb:Query")
        browse.may(data.invoices, "dynamodb:DescribeTable", "dynamodb:Query")
        for prefix in BROWSED:
            browse.may(data.lake, "s3:GetObject", under=prefix)
        browse.may_list(data.lake, *BROWSED)
        return browse

    def _raw_archive(self, group: str, values: KafkaValues) -> KafkaConsumer:
        """The consumer that writes every message to S3 exactly once. It never gives up on a message."""
        data = self._data
        archive = KafkaConsumer(
            self,
            "RawArchive",
            folder="consumers/raw_archive",
            settings=RawArchiveSettings(
                lake_bucket=data.lake.bucket_name,
                offsets_table=data.offsets.table_name,
                cluster=data.order_lines.cluster_arn,
            ),
            limits=CONSUMER_LIMITS,
            log_retention=self._log_retention,
        )
        archive.may(data.lake, "s3:GetObject", "s3:PutObject", under=RAW)
        archive.may(data.lake, "s3:GetObject", under=ERASURES)
        archive.may_list(data.lake, RAW, ERASURES)
        archive.may(data.offsets, "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:UpdateItem")
        # the release before reads its ledger by this; its code still runs for a while under the new role
        archive.may(data.offsets, "dynamodb:GetItem")
        archive.fed_by(
            data.order_lines,
            group=group,
            window=Duration.seconds(values.archive_window_seconds),
            batch_size=BATCH_SIZE,
            pollers=values.pollers,
        )
        return archive

    def _order_tables(self, group: str, values: KafkaValues) -> KafkaConsumer:
        """The consumer that keeps the tables. With provisioned pollers, what keeps failing becomes a dead letter."""
        data = self._data
        tables = KafkaConsumer(
            self,
            "OrderTables",
            folder="consumers/order_tables",
            settings=OrderTablesSettings(
                invoices_table=data.invoices.table_name,
                customers_table=data.customers.table_name,
                lake_bucket=data.lake.bucket_name,
            ),
            limits=CONSUMER_LIMITS,
            log_retention=self._log_retention,
        )
        tables.may(data.invoices, "dynamodb:BatchWriteItem", "dynamodb:Query")
        tables.may(data.customers, "dynamodb:BatchGetItem", "dynamodb:PutItem")
        tables.may(data.lake, "s3:PutObject", under=QUARANTINE)
        tables.may(data.lake, "s3:GetObject", under=ERASURES)
        tables.may_list(data.lake, ERASURES)
        tables.fed_by(
            data.order_lines,
            group=group,
            window=Duration.seconds(1),
            batch_size=BATCH_SIZE,
            pollers=values.pollers,
            on_failure=OnFailure(attempts=BISECT_ATTEMPTS, bucket=data.lake) if values.pollers else None,
        )
        return tables

    def _add_outputs(self, **outputs: str) -> None:
        """Give the stack these outputs, by which commands find the platform."""
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
