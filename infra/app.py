"""The CDK app: two stacks a stage, from plain values.

    python -m infra.app --stage laptop --output DIR     # synthesize
    npm ci && npx cdk deploy --all -c stage=dev         # in infra/, where cdk.json stands

Needs no account and no network once the packages are built (`python -m infra.packaging`).
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.node import use_pinned_node

if TYPE_CHECKING:
    from aws_cdk import App

_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything in which one deployment of the platform differs from another.

    `pollers` are the least and the most provisioned pollers of each mapping; without them Lambda polls on demand,
    through endpoints in the VPC. The schedules are cron expressions of AWS, in UTC, at least five minutes apart; there
    are `job_workers` to a job, one of them its driver, and `items_per_second` is what a load may ask of DynamoDB.
    `warehouse_capacity` is in RPU, at first and at most; `warehouse_rpu_hours` is what a month may use.
    `vpc_id` names a VPC that is there already, with three of its subnets in `subnet_ids`, a zone each as in `zones`;
    its ways to S3, Lambda and STS are then its owner's business. `cluster_arn` names a provisioned MSK cluster in that
    VPC, of Kafka 3.6 or newer with IAM and three brokers, and `brokers_group` the security group of its brokers.
    `course` opens `/hello` to anybody. `logs_kept` is a name of CDK's RetentionDays.
    """

    name: str
    region: str = _REGION
    zones: tuple[str, str, str] = (f"{_REGION}a", f"{_REGION}b", f"{_REGION}c")
    broker_type: str = "kafka.t3.small"
    broker_storage_gb: int = 20
    pollers: tuple[int, int] | None = None
    archive_window_seconds: int = 60
    ingest_concurrency: int = 10
    rate_limit: int = 100
    burst_limit: int = 50
    batch_schedule: str = "cron(0 * * * ? *)"
    maintenance_schedule: str = "cron(30 3 * * ? *)"
    job_workers: int = 2
    items_per_second: int = 500
    snapshots_kept_days: int = 7
    warehouse_capacity: tuple[int, int] = (8, 16)
    warehouse_rpu_hours: int = 300
    logs_kept: str = "ONE_MONTH"
    protected: bool = True
    course: bool = False
    vpc_id: str | None = None
    subnet_ids: tuple[str, ...] = ()
    cluster_arn: str | None = None
    brokers_group: str | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` naming what is missing beside what is there already."""
        if len(self.subnet_ids) != (3 if self.vpc_id else 0):
            raise ValueError(f"stage {self.name}: an existing VPC is named by vpc_id and three subnet_ids")
        if bool(self.cluster_arn) != bool(self.brokers_group) or (self.cluster_arn and not self.vpc_id):
            raise ValueError(
                f"stage {self.name}: an existing cluster is named by cluster_arn, brokers_group and its VPC"
            )


LAPTOP: Final = Stage(
    name="laptop",
    archive_window_seconds=5,
    ingest_concurrency=16,
    rate_limit=10_000,
    burst_limit=5_000,
    batch_schedule="cron(0/5 * * * ? *)",
    maintenance_schedule="cron(30 * * * ? *)",
    items_per_second=5_000,
    logs_kept="ONE_DAY",
    protected=False,
)
DEV: Final = Stage(name="dev")
PROD: Final = Stage(
    name="prod",
    broker_type="kafka.m7g.large",
    broker_storage_gb=200,
    pollers=(1, 4),
    ingest_concurrency=50,
    rate_limit=1_000,
    burst_limit=500,
    job_workers=4,
    items_per_second=2_000,
    warehouse_capacity=(16, 64),
    warehouse_rpu_hours=3_000,
    logs_kept="ONE_YEAR",
)
STAGES: Final = {stage.name: stage for stage in (LAPTOP, DEV, PROD)}


def compose(app: "App", stage: Stage) -> None:
    """Put the stage's two stacks into the app: what holds data, and what runs on it."""
    from aws_cdk import Environment
    from aws_cdk.aws_logs import RetentionDays

    from infra.consumers import ProvisionedPollers
    from infra.data import Data
    from infra.network import ExistingVpc
    from infra.platform import Platform

    name = f"tillstream-{stage.name}"
    # A region, so that three zones stand; no account, so that the templates are the same for everybody.
    env = Environment(region=stage.region)
    log_retention = RetentionDays[stage.logs_kept]
    data = Data(
        app,
        f"{name}-data",
        name=name,
        zones=stage.zones,
        poller_endpoints=stage.pollers is None,
        broker_type=stage.broker_type,
        broker_storage_gb=stage.broker_storage_gb,
        warehouse_capacity=stage.warehouse_capacity,
        existing_vpc=ExistingVpc(stage.vpc_id, stage.subnet_ids, stage.brokers_group) if stage.vpc_id else None,
        cluster_arn=stage.cluster_arn,
        log_retention=log_retention,
        env=env,
        termination_protection=stage.protected,
    )
    Platform(
        app,
        name,
        name=name,
        data=data,
        pollers=ProvisionedPollers(*stage.pollers) if stage.pollers else None,
        archive_window_seconds=stage.archive_window_seconds,
        ingest_concurrency=stage.ingest_concurrency,
        rate_limit=stage.rate_limit,
        burst_limit=stage.burst_limit,
        log_retention=log_retention,
        course=stage.course,
        batch_schedule=stage.batch_schedule,
        maintenance_schedule=stage.maintenance_schedule,
        job_workers=stage.job_workers,
        items_per_second=stage.items_per_second,
        snapshots_kept_days=stage.snapshots_kept_days,
        warehouse_rpu_hours=stage.warehouse_rpu_hours,
        env=env,
    )


def empty_app(output: Path | None) -> "App":
    """An empty app. All context that changes a template stands here, so that every way to synthesize gives the same."""
    use_pinned_node()
    from aws_cdk import App

    return App(
        outdir=str(output) if output else None,
        analytics_reporting=False,
        tree_metadata=False,
        post_cli_context={
            # Assets are folders with a hash for a name already: a copy of them would be the same again.
            "aws:cdk:disable-asset-staging": True,
            "aws:cdk:enable-path-metadata": True,
            "aws:cdk:enable-asset-metadata": False,
            # The data stack may not drop what the platform stack still uses.
            "@aws-cdk/core:defaultCrossStackReferences": "strong",
        },
    )


def main(argv: list[str] | None = None) -> int:
    """Synthesize one stage; without `--output`, as the CDK's command line runs us, to where that says."""
    parser = argparse.ArgumentParser(prog="python -m infra.app", description="Synthesize the platform's templates.")
    parser.add_argument("--stage", help="whose values to use (with the CDK: -c stage=NAME)")
    parser.add_argument("--course", action="store_true", help="open /hello to anybody (with the CDK: -c course=true)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="where to write the assembly")
    parser.add_argument("--list", action="store_true", help="print the stages' names, and do nothing else")
    options = parser.parse_args(argv)
    if options.list:
        print("\n".join(STAGES))
        return 0
    app = empty_app(options.output)
    name = options.stage or app.node.try_get_context("stage")
    if name not in STAGES:
        parser.error(f"name a stage, one of {', '.join(sorted(STAGES))}; found {name!r}")
    course = options.course or app.node.try_get_context("course") == "true"
    compose(app, replace(STAGES[name], course=True) if course else STAGES[name])
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
