"""What calls an operator: a function that fails, and a consumer that falls behind."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.functions import PythonFunction

PERIOD: Final = Duration.minutes(5)


class Alarms(Construct):
    """Alarms over our functions; they go to no address of their own, and are listed by the stack's resources."""

    def errors(self, name: str, function: PythonFunction) -> None:
        """Alarm when the function has failed in three periods on end: a stalled partition fails in every one."""
        self._alarm(f"{name}Errors", function.function.metric_errors(period=PERIOD), threshold=1, periods=3)

    def lag(self, name: str, function: PythonFunction, *, messages: int) -> None:
        """Alarm when the consumer is this far behind the topic's end and does not catch up in three periods."""
        lag = function.function.metric("OffsetLag", period=PERIOD, statistic="Maximum")
        self._alarm(f"{name}Lag", lag, threshold=messages, periods=3)

    def _alarm(self, id: str, metric: cloudwatch.Metric, *, threshold: int, periods: int) -> None:
        """An alarm that silence does not raise."""
        cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
