"""The metrics that alarms and the dashboard look at, each as the CDK wants it."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from commerce import metrics
from commerce.metrics import Metric
from infra.functions import PythonFunction
from infra.jobs import SparkJob
from infra.kafka import Topic

SUM = "Sum"
MAXIMUM = "Maximum"
P99 = "p99"


class Metrics:
    """The metrics of one platform, in periods of one length."""

    def __init__(self, period: Duration, topic: Topic) -> None:
        """`topic` and its cluster are those of the lags and disks."""
        self.period = period
        self._topic = topic

    def of(self, function: PythonFunction, metric: Metric, statistic: str = SUM) -> cloudwatch.Metric:
        """A metric that the function publishes."""
        dimensions = {metrics.FUNCTION: function.function.function_name}
        return self._metric(metrics.NAMESPACE, metric.name, dimensions, statistic)

    def of_job(
        self, job: SparkJob, metric: Metric, statistic: str = SUM, period: Duration | None = None
    ) -> cloudwatch.Metric:
        """A metric that the job publishes."""
        return self._metric(metrics.NAMESPACE, metric.name, {metrics.JOB: job.name}, statistic, period)

    def verdict(self, bucket: str) -> cloudwatch.Metric:
        """The published verdicts on a lake bucket by which rows are lost, repeated or different."""
        dimensions = {metrics.BUCKET: bucket}
        # a minute: a verdict after the way back is judged apart from the one before
        return self._metric(
            metrics.NAMESPACE, metrics.VERDICT_BROKEN.name, dimensions, MAXIMUM, period=Duration.minutes(1)
        )

    def errors(self, function: PythonFunction) -> cloudwatch.Metric:
        """The failed invocations, which Lambda counts."""
        return self._metric("AWS/Lambda", "Errors", {"FunctionName": function.function.function_name}, SUM)

    def lag(self, group: str) -> cloudwatch.Metric:
        """The number of messages that a consumer group has yet to read: MSK's, which needs no function to be called."""
        dimensions = {"Consumer Group": group, "Topic": self._topic.name}
        return self._metric("AWS/Kafka", "SumOffsetLag", {**self._cluster, **dimensions}, MAXIMUM)

    def disk(self, broker: int) -> cloudwatch.Metric:
        """The part of a broker's disk that is used, in percent."""
        return self._metric("AWS/Kafka", "KafkaDataLogsDiskUsed", {**self._cluster, "Broker ID": str(broker)}, MAXIMUM)

    def matched(self, rule: str) -> cloudwatch.Metric:
        """The events that a rule of EventBridge matched, even if it calls nothing."""
        return self._metric("AWS/Events", "TriggeredRules", {"RuleName": rule}, SUM)

    @property
    def _cluster(self) -> Mapping[str, str]:
        return {"Cluster Name": self._topic.cluster_name}

    def _metric(
        self, namespace: str, name: str, dimensions: Mapping[str, str], statistic: str, period: Duration | None = None
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map=dict(dimensions),
            statistic=statistic,
            period=period or self.period,
        )
