"""The alarms: what hurts, each with the page of the runbook that ends it, and one topic that is notified of all."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Aws, Duration, aws_sns
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from commerce import metrics as published
from infra.functions import PythonFunction
from infra.jobs import SparkJob
from infra.metrics import MAXIMUM, Metrics
from infra.stages import AlarmValues

RUNBOOK: Final = "docs/runbook"

_MISSING_IS_FINE: Final = cloudwatch.TreatMissingData.NOT_BREACHING
_MISSING_IS_BAD: Final = cloudwatch.TreatMissingData.BREACHING
_MISSING_IS_IGNORED: Final = cloudwatch.TreatMissingData.IGNORE
_AT_LEAST: Final = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_LESS: Final = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class Alarms(Construct):
    """Alarms over the API, functions, consumer groups, brokers and jobs.

    `topic` is notified when one begins and when it ends. Nobody subscribes to it here: whom to wake is the team's
    business, and changes without a deployment.
    """

    def __init__(self, scope: Construct, id: str, *, platform: str, metrics: Metrics, values: AlarmValues) -> None:
        super().__init__(scope, id)
        self._metrics = metrics
        self._values = values
        self.alarms: list[cloudwatch.Alarm] = []
        self.topic = aws_sns.Topic(self, "Topic", display_name=f"{platform} alarms", enforce_ssl=True)
        # a policy of its own takes the place of the default, by which the account's CloudWatch may publish
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )

    def errors(self, name: str, function: PythonFunction, then: str, *, periods: int | None = None) -> None:
        """Alarm when the function has failed in each of the last periods, as it does when a partition stalls.

        A function that is seldom called needs its own number of periods.
        """
        self._alarm(
            f"{name}Errors",
            self._metrics.errors(function),
            f"the function {function.folder} fails: {then}",
            page="function-fails",
            periods=periods,
        )

    def unacknowledged(self, name: str, function: PythonFunction) -> None:
        """Alarm when the brokers have left valid rows without an acknowledgement in each of the last periods."""
        self._alarm(
            f"{name}Unacknowledged",
            self._metrics.of(function, published.ROWS_UNACKNOWLEDGED),
            "the brokers do not acknowledge rows in time, and the API answers 503",
            page="brokers-silent",
        )

    def behind(self, name: str, function: PythonFunction, group: str) -> None:
        """Alarm when the consumer is too many messages behind, or what it receives is too old, for all periods.

        The lag is MSK's: it is there where a mapping is switched off and the function is not called at all. The age is
        the function's: it grows where few messages, but these, are tried again and again.
        """
        values = self._values
        self._alarm(
            f"{name}Lag",
            self._metrics.lag(group),
            f"the consumer {function.folder} is {values.lag_messages:,} messages behind the end of the topic, or more",
            page="consumer-behind",
            threshold=values.lag_messages,
        )
        self._alarm(
            f"{name}Age",
            self._metrics.of(function, published.OLDEST_MESSAGE_AGE, MAXIMUM),
            f"the consumer {function.folder} receives messages that have waited for {values.age_seconds} s or longer",
            page="consumer-behind",
            threshold=values.age_seconds,
        )

    def quarantined(self, tables: PythonFunction, curate: SparkJob) -> None:
        """Alarm at once when anything was quarantined: it never goes on by itself."""
        for name, metric, what in (
            ("Messages", self._metrics.of(tables, published.MESSAGES_QUARANTINED), "a message of the topic"),
            (
                "Rows",
                self._metrics.of_job(curate, published.ROWS_REFUSED),
                "a row of a dropped file, or a raw message,",
            ),
        ):
            self._alarm(f"{name}Quarantined", metric, f"{what} was quarantined", page="quarantined", periods=1)

    def disk(self, brokers: int) -> None:
        """Alarm when the disk of any broker is fuller than it should be, for all periods."""
        each = {f"broker{number}": self._metrics.disk(number) for number in range(1, brokers + 1)}
        fullest = cloudwatch.MathExpression(
            expression="MAX(METRICS())", using_metrics=dict(each), label="fullest disk, %", period=self._metrics.period
        )
        percent = self._values.disk_percent
        self._alarm(
            "BrokerDisk",
            fullest,
            f"the disk of a broker is {percent} % full: a full one takes no rows",
            page="broker-disk",
            threshold=percent,
        )

    def failures(self, name: str, jobs: Sequence[SparkJob]) -> None:
        """Alarm when a run of one of the jobs has failed, even if the next run finishes its work."""
        pattern = events.EventPattern(
            source=["aws.glue"],
            detail_type=["Glue Job State Change"],
            detail={"jobName": [job.name for job in jobs], "state": ["ERROR", "FAILED", "TIMEOUT"]},
        )
        # Glue has no metric of failed runs; EventBridge counts what a rule matches, even if the rule calls nothing.
        rule = events.Rule(self, f"{name}Failed", event_pattern=pattern)
        matched = self._metrics.matched(rule.rule_name)
        self._alarm(f"{name}Failures", matched, "a run of a Spark job failed", page="job-failed", periods=1)

    def overdue(self, job: SparkJob, hours: int) -> None:
        """Alarm when no run of the job has succeeded for so many hours, whether any has begun or not."""
        self._alarm(
            f"{job.node.id}Overdue",
            self._metrics.of_job(job, published.RUNS_SUCCEEDED, period=Duration.hours(hours)),
            f"no run of the job {job.folder} has succeeded for {hours} h",
            page="job-failed",
            periods=1,
            comparison=_LESS,
            missing=_MISSING_IS_BAD,
        )

    def verdict(self, bucket: str) -> None:
        """Alarm when the newest published verdict is broken, until one that is not is published."""
        self._alarm(
            "VerdictBroken",
            self._metrics.verdict(bucket),
            "the newest published verdict of a reconciliation is that rows are lost, repeated or different",
            page="verdict-broken",
            periods=1,
            missing=_MISSING_IS_IGNORED,
        )

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.IMetric,
        what: str,
        *,
        page: str,
        threshold: float = 1,
        periods: int | None = None,
        comparison: cloudwatch.ComparisonOperator = _AT_LEAST,
        missing: cloudwatch.TreatMissingData = _MISSING_IS_FINE,
    ) -> None:
        """An alarm that notifies the topic; missing data does not raise it unless asked for."""
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods or self._values.periods,
            comparison_operator=comparison,
            treat_missing_data=missing,
            alarm_description=f"{what[0].upper()}{what[1:]}. What to do: {RUNBOOK}/{page}.md",
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        self.alarms.append(alarm)
