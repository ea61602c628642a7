"""The alarms: a function or a job that fails, and a consumer that falls behind."""

from collections.abc import Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from infra.functions import PythonFunction
from infra.jobs import SparkJob

PERIOD: Final = Duration.minutes(5)


class Alarms(Construct):
    """Alarms over functions and jobs. They notify nobody: CloudWatch shows their state."""

    def errors(self, name: str, function: PythonFunction) -> None:
        """Alarm when the function has failed in three periods in a row, as it does when a partition stalls."""
        self._alarm(f"{name}Errors", function.function.metric_errors(period=PERIOD), threshold=1, periods=3)

    def lag(self, name: str, function: PythonFunction, *, messages: int) -> None:
        """Alarm when the consumer is so many messages behind the end of the topic for three periods in a row."""
        lag = function.function.metric("OffsetLag", period=PERIOD, statistic="Maximum")
        self._alarm(f"{name}Lag", lag, threshold=messages, periods=3)

    def failures(self, name: str, jobs: Sequence[SparkJob]) -> None:
        """Alarm when a run of one of the jobs has failed, even if the next run finishes its work."""
        pattern = events.EventPattern(
            source=["aws.glue"],
            detail_type=["Glue Job State Change"],
            detail={"jobName": [job.name for job in jobs], "state": ["ERROR", "FAILED", "TIMEOUT"]},
        )
        # Glue has no metric of failed runs; EventBridge counts what a rule matches, even if the rule calls nothing.
        rule = events.Rule(self, f"{name}Failed", event_pattern=pattern)
        matched = cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": rule.rule_name},
            period=PERIOD,
            statistic="Sum",
        )
        self._alarm(f"{name}Failures", matched, threshold=1, periods=1)

    def _alarm(self, id: str, metric: cloudwatch.Metric, *, threshold: int, periods: int) -> None:
        """An alarm that missing data does not raise."""
        cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
