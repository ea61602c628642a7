"""A platform as its templates describe it: plain values that the local services read."""

from collections.abc import Mapping as Values
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloudwatch.points import Series
from local.permissions.policies import Statement


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role, with the statements of its policies."""

    name: str
    arn: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function. `code` is the host twin of its asset: the only folder that its worker may import from.

    `role` names the role whose keys it has.
    """

    name: str
    handler: str
    code: Path
    environment: Values[str, str]
    timeout_seconds: int
    memory_mb: int
    reserved_concurrency: int | None
    role: str = ""


@dataclass(frozen=True, slots=True)
class OnError:
    """A mapping's way with a batch that fails: by default it tries the whole batch again, for ever.

    It may halve the batch, retry at most `most_retries` times after the first, and leave out records older than
    `max_age_seconds`; what it gives up it writes to `bucket`. With `partial_answers` a function may name the records
    that failed.
    """

    bisects: bool = False
    most_retries: int | None = None
    max_age_seconds: int | None = None
    bucket: str | None = None
    partial_answers: bool = False


@dataclass(frozen=True, slots=True)
class Pollers:
    """The least and the most pollers of a mapping in provisioned mode."""

    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """An event source mapping: a topic that feeds a function in batches, in the name of a consumer group.

    `starting_timestamp` is in seconds since 1970, for `AT_TIMESTAMP`. Without `pollers` it polls on demand. `filters`
    are patterns, of which a message must match one; without any, all messages come.
    """

    name: str
    function: str
    topic: str
    group: str
    batch_size: int
    window_seconds: float
    starting_position: str
    cluster_arn: str
    enabled: bool
    uuid: str = ""
    starting_timestamp: float | None = None
    on_error: OnError = OnError()
    pollers: Pollers | None = None
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic and its settings; the cluster decides its replication."""

    name: str
    partitions: int
    configs: Values[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A DynamoDB table; `definition` holds the arguments of boto3's `create_table`."""

    name: str
    definition: Values[str, Any]


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3 bucket, with the statements of its policy."""

    name: str
    policy: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A method of an API's path, such as `/invoices/{InvoiceNo}`; `authorization` is `AWS_IAM` or `NONE`."""

    method: str
    path: str
    function: str
    authorization: str


@dataclass(frozen=True, slots=True)
class Api:
    """A REST API with its one stage. Limits are in calls a second over the whole stage.

    Of a `traced` one some requests are sampled, by X-Ray's default rule.
    """

    name: str
    stage: str
    routes: tuple[Route, ...]
    rate_limit: float | None
    burst_limit: int | None
    traced: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A Glue job. Glue fetches `script` and `module_zips` from S3; `arguments` are all that the script is called with.

    `wheels` are the packages that Glue installs for it; the environment of the laptop has them of the same lock.
    `retries` is how often Glue starts a run again that failed. `role` names the role whose keys it has.
    """

    name: str
    script: Path
    module_zips: tuple[Path, ...]
    wheels: tuple[str, ...]
    conf: Values[str, str]
    arguments: Values[str, str]
    timeout_seconds: int
    retries: int
    role: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A start of jobs: by an AWS cron expression in UTC (`schedule`), or by another job's success (`after`).

    With several in `after` all must have succeeded, unless `any_of_them` will do.
    """

    name: str
    workflow: str | None
    schedule: str | None
    after: tuple[str, ...]
    any_of_them: bool
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workflow:
    """Triggers that belong together; one run of it at a time."""

    name: str


@dataclass(frozen=True, slots=True)
class Database:
    """A database of the Glue catalog."""

    name: str


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A workgroup of Redshift Serverless over a database; `secret` is the ARN of the administrator's managed secret.

    `role` names the role of its COPY.
    """

    workgroup: str
    database: str
    secret: str
    arn: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """A metric that an alarm looks at, and the statistic of a period's values that it judges."""

    series: Series
    statistic: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm. It is raised when the value breaches the threshold in each of `periods` in a row.

    The value is the one metric's, or an `expression` of several. `missing` says what a period without data is. `name`
    is that of docs/alarms.md; CloudWatch's own is the end of the `arn`.
    """

    name: str
    description: str
    metrics: tuple[Watched, ...]
    expression: str
    period_seconds: float
    periods: int
    threshold: float
    comparison: str
    missing: str
    arn: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard, and the metrics that it draws; `body` is the JSON of its widgets."""

    name: str
    metrics: tuple[Series, ...]
    body: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of EventBridge that matches when one of these jobs ends in one of these states."""

    name: str
    jobs: tuple[str, ...]
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timer:
    """A rule of EventBridge that invokes a function by an AWS cron expression in UTC."""

    name: str
    schedule: str
    function: str


@dataclass(frozen=True, slots=True)
class Platform:
    """All resources of a stage's templates, with every reference resolved for this machine."""

    stage: str
    region: str
    account: str
    functions: tuple[Function, ...]
    mappings: tuple[Mapping, ...]
    topics: tuple[Topic, ...]
    tables: tuple[Table, ...]
    buckets: tuple[Bucket, ...]
    apis: tuple[Api, ...]
    outputs: Values[str, str]
    jobs: tuple[Job, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    databases: tuple[Database, ...] = ()
    warehouses: tuple[Warehouse, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    rules: tuple[Rule, ...] = ()
    roles: tuple[Role, ...] = ()
    timers: tuple[Timer, ...] = ()


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """The address of the laptop's brokers, and the clients' security setting."""

    bootstrap_servers: str
    security: str
