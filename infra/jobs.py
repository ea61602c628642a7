"""The Spark jobs on Glue: the same in everything but folder, arguments, timeout and rights."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_cdk import Aws, Duration, FileAssetPackaging, RemovalPolicy, Stack, aws_glue
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.grants import Actor, service
from infra.packaging.jobs import job_asset
from infra.spark import conf_argument, lake_conf
from infra.warehouse import Warehouse

GLUE_VERSION: Final = "5.1"
"""Spark 3.5.6, Python 3.11, Iceberg 1.10.0."""

WORKER: Final = "G.1X"
RETRIES: Final = 1
"""Every job may run twice: it goes on where it stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedValues:
    """The values that all jobs of a platform share; `lake_address` is where S3 keeps the files of the lake's tables."""

    platform: str
    lake_address: str
    workers: int
    log_retention: logs.RetentionDays


class SparkJob(Actor):
    """A Glue job with its own role and its own log groups, of which one run is made at a time.

    `arguments` are the job's own, named with their dashes. The role may write its logs, read its own code and nothing
    else until `may` names an action.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        folder: str,
        arguments: Mapping[str, str],
        timeout: Duration,
        shared: SharedValues,
        role_name: str | None = None,
    ) -> None:
        super().__init__(scope, id, assumer=service("glue"), role_name=role_name)
        self.folder = folder
        self.name = f"{shared.platform}-{folder}"
        files = job_asset(folder)
        job = aws_glue.CfnJob(
            self,
            "Job",
            name=self.name,
            role=self.role.role_arn,
            command=aws_glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=self._uploaded(files.script)
            ),
            default_arguments={
                "--job-language": "python",
                "--extra-py-files": self._uploaded(files.rooms),
                "--additional-python-modules": ",".join(self._uploaded(wheel) for wheel in files.wheels),
                "--datalake-formats": "iceberg",
                "--conf": conf_argument(lake_conf(shared.lake_address)),
                "--custom-logGroup-prefix": self._log_groups(shared.log_retention),
                **arguments,
            },
            glue_version=GLUE_VERSION,
            worker_type=WORKER,
            number_of_workers=shared.workers,
            timeout=timeout.to_minutes(),
            max_retries=RETRIES,
            execution_property=aws_glue.CfnJob.ExecutionPropertyProperty(max_concurrent_runs=1),
        )
        # Glue checks the role's rights when a run starts, and the first may be due at once.
        job.node.add_dependency(self.role)

    def may_load(self, warehouse: Warehouse) -> None:
        """Allow running statements in the warehouse as the role's own user there, and following them."""
        self.may(warehouse.workgroup_arn, "redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement")
        self.may(warehouse.workgroup_arn, "redshift-serverless:GetCredentials")
        # A statement has no ARN: the Data API shows each only to the role that ran it. A condition could bind it to
        # the session as well, but a run follows the statements that the run before it left behind.
        following = ("CancelStatement", "DescribeStatement", "GetStatementResult", "ListStatements")
        self.may("*", *(f"redshift-data:{action}" for action in following))

    def may_in_catalog(self, database: str, table: str, *actions: str) -> None:
        """Allow these actions on one table of the Glue catalog, which asks for the same on all that it stands in."""
        inside = f"arn:{Aws.PARTITION}:glue:{Aws.REGION}:{Aws.ACCOUNT_ID}:"
        self._allow(
            *actions, on=[inside + it for it in ("catalog", f"database/{database}", f"table/{database}/{table}")]
        )

    def _uploaded(self, file: Path) -> str:
        """The S3 address to which `cdk deploy` uploads a file; it ends with the file's name: pip reads a wheel's."""
        place = Stack.of(self).synthesizer.add_file_asset(
            file_name=str(file),
            packaging=FileAssetPackaging.FILE,
            source_hash=f"{hashlib.sha256(file.read_bytes()).hexdigest()}/{file.stem}",
        )
        bucket, key = place.bucket_name, place.object_key
        self._allow("s3:GetObject", on=[f"arn:{Aws.PARTITION}:s3:::{bucket}/{key}"])
        return f"s3://{bucket}/{key}"

    def _log_groups(self, log_retention: logs.RetentionDays) -> str:
        """The prefix of the job's two log groups: Glue writes Spark's log to `error`, the job's output to `output`."""
        prefix = f"/aws-glue/jobs/{self.name}"
        for name in ("error", "output"):
            group = logs.LogGroup(
                self,
                f"{name.capitalize()}Logs",
                log_group_name=f"{prefix}/{name}",
                retention=log_retention,
                removal_policy=RemovalPolicy.DESTROY,
            )
            self.may(group.log_group_arn, "logs:CreateLogStream", "logs:PutLogEvents")
        return prefix
