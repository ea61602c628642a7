"""Functions that Lambda feeds from a Kafka topic."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration, aws_s3
from aws_cdk.aws_lambda import CfnEventSourceMapping as Mapping

from infra.functions import PythonFunction
from infra.kafka import Topic

# Lambda chooses the rest of the key itself, and takes no prefix of ours.
DESTINATION_PREFIX: Final = "aws/lambda/"


@dataclass(frozen=True, slots=True)
class ProvisionedPollers:
    """Pollers that are kept and paid for, each up to 5 MB a second. Without them Lambda polls on demand."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class GivingUp:
    """When a mapping may stop trying: it halves a failing batch, and sets aside what fails this often."""

    attempts: int
    bucket: aws_s3.IBucket


class KafkaConsumer(PythonFunction):
    """A function that receives a topic's messages in batches, with AWS's rule: a batch that fails comes again."""

    def fed_by(
        self,
        topic: Topic,
        *,
        group: str,
        window: Duration,
        batch_size: int,
        pollers: ProvisionedPollers | None,
        giving_up: GivingUp | None = None,
    ) -> None:
        """Feed the function from the topic's start, as this consumer group.

        A batch is handed over when the window is over, `batch_size` messages or 6 MB are reached. Without `giving_up`
        nothing is ever skipped: the partition waits. With it, provisioned pollers are needed, since Lambda ignores the
        rules of giving up on demand.
        """
        if giving_up and not pollers:
            raise ValueError(f"{self.node.path}: a mapping gives up only with provisioned pollers")
        self._may_poll(topic, group)
        mapping = Mapping(
            self,
            "Mapping",
            function_name=self.function.function_name,
            event_source_arn=topic.cluster_arn,
            topics=[topic.name],
            starting_position="TRIM_HORIZON",
            amazon_managed_kafka_event_source_config=Mapping.AmazonManagedKafkaEventSourceConfigProperty(
                consumer_group_id=group
            ),
            batch_size=batch_size,
            maximum_batching_window_in_seconds=window.to_seconds(),
            provisioned_poller_config=_poller_config(pollers),
            bisect_batch_on_function_error=True if giving_up else None,
            maximum_retry_attempts=giving_up.attempts if giving_up else None,
            destination_config=_destination(giving_up),
        )
        if giving_up:
            self.may(giving_up.bucket, "s3:PutObject", under=DESTINATION_PREFIX)
            self.may_list(giving_up.bucket, DESTINATION_PREFIX)
        # Lambda tries the role when the mapping is made, so its policy must stand by then.
        mapping.node.add_dependency(self.role)

    def _may_poll(self, topic: Topic, group: str) -> None:
        """What Lambda's pollers do in the function's name."""
        self.may_join_networks()
        self.may(topic.cluster_arn, "kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers")
        self.may(topic.cluster_arn, "kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration")
        self.may(topic.arn, "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData")
        self.may(topic.group_arn(group), "kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup")


def _poller_config(pollers: ProvisionedPollers | None) -> Mapping.ProvisionedPollerConfigProperty | None:
    """The template's words for provisioned pollers."""
    if pollers is None:
        return None
    return Mapping.ProvisionedPollerConfigProperty(minimum_pollers=pollers.least, maximum_pollers=pollers.most)


def _destination(giving_up: GivingUp | None) -> Mapping.DestinationConfigProperty | None:
    """Where what failed too often is set aside, whole."""
    if giving_up is None:
        return None
    return Mapping.DestinationConfigProperty(
        on_failure=Mapping.OnFailureProperty(destination=giving_up.bucket.bucket_arn)
    )
