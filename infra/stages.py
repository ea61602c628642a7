"""The stages: everything in which one deployment of the platform differs from another, as plain values in groups.

Each value keeps its name from here to the construct that writes it into a template. Nothing here imports the CDK.
"""

from dataclasses import dataclass
from typing import Final

_REGION: Final = "us-east-1"

PARTITIONS: Final = 6
BATCH_SIZE: Final = 10_000
CONSUMER_MB: Final = 1024
"""In every stage: partitions of the topic, the most messages of a batch, and the memory of a consumer's function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkValues:
    """The region, three of its zones, and the VPC of the cluster.

    `vpc_id` names an existing VPC, and `subnet_ids` three of its subnets, in the order of `zones`; its ways to S3,
    Lambda and STS are then its owner's business. Without them the stage makes a VPC.
    """

    region: str = _REGION
    zones: tuple[str, str, str] = (f"{_REGION}a", f"{_REGION}b", f"{_REGION}c")
    vpc_id: str | None = None
    subnet_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedPollers:
    """The least and the most pollers of a mapping that are kept and paid for, each up to 5 MB a second."""

    minimum_pollers: int
    maximum_pollers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaValues:
    """The Kafka cluster, and how Lambda feeds its consumers.

    `cluster_arn` names an existing provisioned MSK cluster in an existing VPC, of Kafka 3.6 or newer with IAM and three
    brokers, and `brokers_group` the security group of its brokers. Without them the stage makes a cluster.
    `brokers` stand in a zone each and hold a replica each: three, or two where a lost row would not matter. Two are
    for trying out: their logs are not kept, and the endpoints of the pollers are in one zone. `pollers` are those of
    each mapping; without them Lambda polls on demand, through endpoints in the VPC. The raw archive waits
    `archive_window_seconds` for a batch to fill.
    """

    brokers: int = 3
    broker_type: str = "kafka.t3.small"
    broker_storage_gb: int = 20
    cluster_arn: str | None = None
    brokers_group: str | None = None
    pollers: ProvisionedPollers | None = None
    archive_window_seconds: int = 60

    @property
    def for_trying_out(self) -> bool:
        """Whether the cluster is one of two brokers."""
        return self.brokers < 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiValues:
    """How many calls the API takes, in calls a second over the whole stage, and how many run at once in a function.

    `ingest` and `browse` ask the brokers, which take few connections. `course` opens `/hello` to anybody. With `pages`
    AWS serves the web pages too, to people who sign in; the laptop serves its own either way.
    """

    rate_limit: int = 100
    burst_limit: int = 50
    ingest_concurrency: int = 10
    browse_concurrency: int = 2
    course: bool = False
    pages: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchValues:
    """The schedules, the size and the pace of the Spark jobs.

    The schedules are cron expressions of AWS, in UTC, at least five minutes apart. A job has so many `workers`, one of
    them its driver; a load asks at most `items_per_second` of DynamoDB; the lake's old snapshots stay for `keep_days`.
    """

    schedule: str = "cron(0 * * * ? *)"
    maintenance_schedule: str = "cron(30 3 * * ? *)"
    workers: int = 2
    items_per_second: int = 500
    keep_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseValues:
    """The RPU with which a query begins and the most that it may grow to, and the RPU-hours that a month may use."""

    base_capacity: int = 8
    max_capacity: int = 16
    rpu_hours: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmValues:
    """The thresholds of the alarms, and how long it takes to raise one.

    CloudWatch looks at periods of `period_seconds`, and raises an alarm when `periods` of them in a row are bad. A
    consumer hurts when it is `lag_messages` behind or receives messages older than `age_seconds`, a broker when its
    disk is `disk_percent` full, the workflow when it has not succeeded for `overdue_hours` (the maintenance of the
    lake: for two days).
    """

    period_seconds: int = 300
    periods: int = 3
    lag_messages: int = 50_000
    age_seconds: int = 900
    disk_percent: int = 80
    overdue_hours: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationValues:
    """How long logs are kept, when alarms are raised, whether data are `protected`, and when the topic is counted.

    `log_retention` is a name of CDK's `RetentionDays`. A data stack and tables that are protected refuse to be deleted,
    until somebody lifts that. `census_schedule` is a cron expression of AWS, in UTC: by default a
    census is taken when the jobs that begin at the full hour have usually ended.
    """

    log_retention: str = "ONE_MONTH"
    alarms: AlarmValues = AlarmValues()
    protected: bool = True
    census_schedule: str = "cron(40 * * * ? *)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment of the platform."""

    name: str
    network: NetworkValues = NetworkValues()
    kafka: KafkaValues = KafkaValues()
    api: ApiValues = ApiValues()
    batch: BatchValues = BatchValues()
    warehouse: WarehouseValues = WarehouseValues()
    operation: OperationValues = OperationValues()

    def __post_init__(self) -> None:
        """Raise `ValueError` where an existing VPC or an existing cluster is not named whole."""
        network, kafka = self.network, self.kafka
        if len(network.subnet_ids) != (3 if network.vpc_id else 0):
            raise ValueError(f"stage {self.name}: an existing VPC is named by vpc_id and three subnet_ids")
        if bool(kafka.cluster_arn) != bool(kafka.brokers_group) or (kafka.cluster_arn and not network.vpc_id):
            raise ValueError(
                f"stage {self.name}: an existing cluster is named by cluster_arn, brokers_group and its VPC"
            )

    @property
    def platform(self) -> str:
        """The name of the platform, with which the names of its stacks and resources begin."""
        return f"tillstream-{self.name}"


LAPTOP: Final = Stage(
    name="laptop",
    kafka=KafkaValues(archive_window_seconds=5),
    api=ApiValues(rate_limit=10_000, burst_limit=5_000, ingest_concurrency=16, browse_concurrency=4),
    batch=BatchValues(
        schedule="cron(0/5 * * * ? *)", maintenance_schedule="cron(30 * * * ? *)", items_per_second=5_000
    ),
    operation=OperationValues(
        log_retention="ONE_DAY",
        alarms=AlarmValues(period_seconds=30, periods=1, age_seconds=60, disk_percent=95),
        protected=False,
        census_schedule="cron(0/5 * * * ? *)",
    ),
)
TINY: Final = Stage(
    name="tiny",
    kafka=KafkaValues(brokers=2, broker_storage_gb=5),
    api=ApiValues(rate_limit=20, burst_limit=10, ingest_concurrency=4, browse_concurrency=1),
    batch=BatchValues(schedule="cron(0 6 * * ? *)", maintenance_schedule="cron(30 6 * * ? *)"),
    warehouse=WarehouseValues(max_capacity=8, rpu_hours=20),
    operation=OperationValues(log_retention="ONE_WEEK", alarms=AlarmValues(overdue_hours=48)),
)
DEV: Final = Stage(name="dev")
PROD: Final = Stage(
    name="prod",
    kafka=KafkaValues(
        broker_type="kafka.m7g.large",
        broker_storage_gb=200,
        pollers=ProvisionedPollers(minimum_pollers=1, maximum_pollers=4),
    ),
    api=ApiValues(rate_limit=1_000, burst_limit=500, ingest_concurrency=50, browse_concurrency=4),
    batch=BatchValues(workers=4, items_per_second=2_000),
    warehouse=WarehouseValues(base_capacity=16, max_capacity=64, rpu_hours=3_000),
    operation=OperationValues(log_retention="ONE_YEAR"),
)
STAGES: Final = {stage.name: stage for stage in (LAPTOP, TINY, DEV, PROD)}
DEPLOYED: Final = (TINY, DEV, PROD)
"""The stages of AWS."""


def pages_stack(stage: Stage) -> str:
    """The name of the stack that hosts the stage's web pages."""
    return f"{stage.platform}-pages"
