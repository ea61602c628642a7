"""The batch path: four Spark jobs, the workflow in which two of them follow the first, and their schedules."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Duration, Stack, aws_glue
from aws_cdk import aws_logs as logs
from aws_cdk.aws_glue import CfnTrigger as Trigger
from constructs import Construct

from commerce.batches.paths import BATCHES
from commerce.paths import ERASURES, INCOMING, LAKE, QUARANTINE, SALES, raw_prefix
from infra.data import Data
from infra.jobs import SharedValues, SparkJob
from infra.spark import CATALOG
from infra.stages import BatchValues

ORDER_LINES: Final = "order_lines"
"""The lake's table, which curate makes: one that a template owned would fight with every commit."""

_READ_TABLE: Final = ("glue:GetDatabase", "glue:GetTable")


class Batch(Construct):
    """The jobs from dropped files and raw objects into the lake, and from there into the tables and the warehouse.

    `table` is the lake's table as Spark names it; `jobs` holds all four jobs, that of the maintenance last.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        data: Data,
        values: BatchValues,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id)
        self._platform = platform
        self._data = data
        self._shared = SharedValues(
            platform=platform,
            lake_address=f"s3://{data.lake.bucket_name}/{LAKE.rstrip('/')}",
            workers=values.workers,
            log_retention=log_retention,
        )
        self.table = f"{CATALOG}.{data.database}.{ORDER_LINES}"

        curate = self._curate()
        load_tables = self._load_tables(values.items_per_second)
        load_warehouse = self._load_warehouse()
        maintain = self._maintain_lake(values.keep_days)
        self.jobs = (curate, load_tables, load_warehouse, maintain)

        self.workflow = f"{platform}-batch"
        workflow = aws_glue.CfnWorkflow(self, "Workflow", name=self.workflow, max_concurrent_runs=1)
        start = self._trigger("Start", run=[curate], schedule=values.schedule, workflow=workflow)
        then = self._trigger("Load", run=[load_tables, load_warehouse], after=curate, workflow=workflow)
        then.node.add_dependency(start)
        self._trigger("Maintain", run=[maintain], schedule=values.maintenance_schedule)

    def _curate(self) -> SparkJob:
        """The job that merges dropped files and raw objects into the lake's table."""
        lake, topic = self._data.lake, self._data.order_lines.name
        job = self._job(
            "Curate",
            folder="curate",
            arguments={"--lake-bucket": lake.bucket_name, "--topic": topic, "--table": self.table},
            timeout=Duration.hours(2),
        )
        raw = raw_prefix(topic)
        job.may_list(lake, INCOMING, raw, BATCHES, ERASURES)
        for prefix in (INCOMING, raw, ERASURES):
            job.may(lake, "s3:GetObject", under=prefix)
        job.may(lake, "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject", under=BATCHES)
        job.may(lake, "s3:AbortMultipartUpload", "s3:PutObject", under=QUARANTINE)
        self._may_write_table(job)
        return job

    def _load_tables(self, items_per_second: int) -> SparkJob:
        """The job that writes the lines that curate took from files to DynamoDB."""
        data = self._data
        job = self._job(
            "LoadTables",
            folder="load_tables",
            arguments={
                "--lake-bucket": data.lake.bucket_name,
                "--invoices-table": data.invoices.table_name,
                "--customers-table": data.customers.table_name,
                "--items-per-second": str(items_per_second),
            },
            timeout=Duration.hours(4),
        )
        job.may_list(data.lake, BATCHES, ERASURES)
        job.may(data.lake, "s3:GetObject", under=ERASURES)
        job.may(data.lake, "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject", under=BATCHES)
        job.may(data.invoices, "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:Query")
        job.may(data.customers, "dynamodb:BatchGetItem", "dynamodb:PutItem")
        return job

    def _load_warehouse(self) -> SparkJob:
        """The job that has the warehouse load the lines that curate took, and publishes the sales extracts.

        Its tables in the warehouse belong to the database user of its role's name. So that name is fixed: a role that
        is made anew is their owner again. It ends with the region, since an account's roles are of all regions.
        """
        lake, warehouse = self._data.lake, self._data.warehouse
        job = self._job(
            "LoadWarehouse",
            folder="load_warehouse",
            arguments={
                "--lake-bucket": lake.bucket_name,
                "--workgroup": warehouse.name,
                "--database": warehouse.database,
            },
            timeout=Duration.hours(2),
            role_name=f"{self._platform}-load-warehouse-{Stack.of(self).region}",
        )
        job.may_list(lake, BATCHES, ERASURES, SALES)
        job.may(lake, "s3:GetObject", under=ERASURES)
        job.may(lake, "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject", under=BATCHES)
        job.may(lake, "s3:DeleteObject", "s3:GetObject", "s3:PutObject", under=SALES)
        job.may_load(warehouse)
        return job

    def _maintain_lake(self, keep_days: int) -> SparkJob:
        """The job that rewrites many small files of the lake's table as few, and expires old snapshots."""
        job = self._job(
            "MaintainLake",
            folder="maintain_lake",
            arguments={"--table": self.table, "--keep-days": str(keep_days)},
            timeout=Duration.hours(2),
        )
        self._may_write_table(job)
        return job

    def _may_write_table(self, job: SparkJob) -> None:
        """Allow making the lake's table, committing to it, and deleting files that no snapshot needs any more."""
        lake = self._data.lake
        job.may(lake, "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject", under=LAKE)
        job.may_list(lake, LAKE)
        job.may_in_catalog(self._data.database, ORDER_LINES, *_READ_TABLE, "glue:CreateTable", "glue:UpdateTable")

    def _job(
        self, id: str, *, folder: str, arguments: dict[str, str], timeout: Duration, role_name: str | None = None
    ) -> SparkJob:
        """A job with the values that all of them share."""
        return SparkJob(
            self,
            id,
            folder=folder,
            arguments=arguments,
            timeout=timeout,
            shared=self._shared,
            role_name=role_name,
        )

    def _trigger(
        self,
        id: str,
        *,
        run: Sequence[SparkJob],
        schedule: str | None = None,
        after: SparkJob | None = None,
        workflow: aws_glue.CfnWorkflow | None = None,
    ) -> Trigger:
        """A trigger, active once deployed, that runs jobs by a schedule, or after another job has succeeded."""
        succeeded = after and Trigger.ConditionProperty(
            logical_operator="EQUALS", job_name=after.name, state="SUCCEEDED"
        )
        trigger = Trigger(
            self,
            id,
            name=f"{self._platform}-{id.lower()}",
            type="SCHEDULED" if schedule else "CONDITIONAL",
            schedule=schedule,
            predicate=Trigger.PredicateProperty(conditions=[succeeded], logical="ANY") if succeeded else None,
            actions=[Trigger.ActionProperty(job_name=job.name) for job in run],
            workflow_name=workflow.ref if workflow else None,
            start_on_creation=True,
        )
        for job in (*run, *([after] if after else [])):
            trigger.node.add_dependency(job)
        return trigger
