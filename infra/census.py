"""The scheduled function that counts the topic inside the brokers' network, and publishes the verdict."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_logs as logs
from constructs import Construct

from commerce.batches.paths import BATCHES
from commerce.paths import ERASURES, RAW, VERDICTS
from commerce.settings import CensusSettings
from infra.custom_resources.bootstrap_brokers.construct import BootstrapBrokers
from infra.data import Data
from infra.functions import Limits, PythonFunction

LIMITS: Final = Limits(timeout=Duration.minutes(5), memory_mb=1024)
COUNTED: Final = (RAW, BATCHES, ERASURES, VERDICTS)
"""The prefixes of the lake bucket that the census reads."""


class Census(PythonFunction):
    """A census by a schedule: it reads topic, ledger, raw objects, batches and the table, and writes its verdict alone.

    `groups` are those of the raw archive and of the order tables.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        data: Data,
        brokers: BootstrapBrokers,
        groups: tuple[str, str],
        schedule: str,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(
            scope,
            id,
            folder="lambdas/census",
            settings=CensusSettings(
                bootstrap_servers=brokers.servers,
                kafka_security=brokers.security,
                topic=data.order_lines.name,
                cluster=data.order_lines.cluster_arn,
                raw_archive_group=groups[0],
                order_tables_group=groups[1],
                lake_bucket=data.lake.bucket_name,
                offsets_table=data.offsets.table_name,
                invoices_table=data.invoices.table_name,
            ),
            limits=LIMITS,
            log_retention=log_retention,
            place=data.network.of_viewers,
        )
        self._may_count(data, groups)
        events.Rule(
            self,
            "Schedule",
            schedule=events.Schedule.expression(schedule),
            targets=[targets.LambdaFunction(self.function)],
        )

    def _may_count(self, data: Data, groups: tuple[str, str]) -> None:
        """Allow reading what is counted, and writing the verdict."""
        topic = data.order_lines
        self.may(topic.cluster_arn, "kafka-cluster:Connect")
        self.may(topic.arn, "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData")
        for group in groups:
            self.may(topic.group_arn(group), "kafka-cluster:DescribeGroup")
        self.may(data.offsets, "dynamodb:Query")
        self.may(data.invoices, "dynamodb:BatchGetItem")
        for prefix in COUNTED:
            self.may(data.lake, "s3:GetObject", under=prefix)
        self.may(data.lake, "s3:PutObject", under=VERDICTS)
        self.may_list(data.lake, *COUNTED)
