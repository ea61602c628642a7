"""Functions that Lambda feeds from a Kafka topic."""

from dataclasses import dataclass
from typing import Any, Final

from aws_cdk import Duration, aws_s3
from aws_cdk.aws_lambda import CfnEventSourceMapping as Mapping
from constructs import Construct

from commerce.groups import backfill_group
from commerce.paths import DEAD_LETTERS
from infra.functions import PythonFunction
from infra.kafka import BOOTSTRAP_BROKERS, Topic
from infra.stages import ProvisionedPollers

# Of AWS's managed policy AWSLambdaMSKExecutionRole, version 2.
_AS_A_POLLER: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


@dataclass(frozen=True, slots=True)
class OnFailure:
    """The limit of a mapping's tries: it halves a failing batch, and writes to the bucket what fails that often."""

    attempts: int
    bucket: aws_s3.IBucket


_KEPT_FREE_BYTES: Final = 128 * 1024
"""The free bytes at the top of its heap beyond which glibc gives memory back.

Its own threshold grows with the largest block that was freed, and an event's text has 6 MB: after it, glibc keeps what
every event took.
"""


class KafkaConsumer(PythonFunction):
    """A function that receives a topic's messages in batches. Lambda delivers a batch that fails again."""

    def __init__(self, scope: Construct, id: str, **options: Any) -> None:
        """Make the function; `options` are those of `PythonFunction`."""
        super().__init__(scope, id, **options)
        self.function.add_environment("MALLOC_TRIM_THRESHOLD_", str(_KEPT_FREE_BYTES))

    def fed_by(
        self,
        topic: Topic,
        *,
        group: str,
        window: Duration,
        batch_size: int,
        pollers: ProvisionedPollers | None,
        on_failure: OnFailure | None = None,
    ) -> None:
        """Feed the function from the topic's start, as this consumer group.

        A batch is handed over when the window is over, `batch_size` messages or 6 MB are reached. Without `pollers`
        Lambda polls on demand. Without `on_failure` nothing is ever skipped: the partition waits. `on_failure` needs
        provisioned pollers, since Lambda ignores it on demand.
        """
        if on_failure and not pollers:
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
            provisioned_poller_config=_poller_config(pollers, topic.name),
            bisect_batch_on_function_error=True if on_failure else None,
            maximum_retry_attempts=on_failure.attempts if on_failure else None,
            destination_config=_destination(on_failure),
        )
        if on_failure:
            self.may(on_failure.bucket, "s3:PutObject", under=DEAD_LETTERS)
            self.may_list(on_failure.bucket, DEAD_LETTERS)
        # Lambda checks the role's rights when the mapping is created, so its policy must exist by then.
        mapping.node.add_dependency(self.role)

    def _may_poll(self, topic: Topic, group: str) -> None:
        """Allow what Lambda's pollers do in the function's name."""
        self.may_join_networks(*_AS_A_POLLER)
        self.may(topic.cluster_arn, "kafka:DescribeCluster", "kafka:DescribeClusterV2")
        self.may("*", BOOTSTRAP_BROKERS)
        self.may(topic.cluster_arn, "kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration")
        self.may(topic.arn, "kafka-cluster:DescribeTopic", "kafka-cluster:ReadData")
        # a mapping of `tillstream backfill` reads as a group of its own, for a while
        for name in (group, backfill_group(group, "*")):
            self.may(topic.group_arn(name), "kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup")


def _poller_config(pollers: ProvisionedPollers | None, group: str) -> Mapping.ProvisionedPollerConfigProperty | None:
    """The mapping's property for these pollers; None for polling on demand.

    The mappings of a VPC that name one group share its event poller units, which are what is paid.
    """
    if pollers is None:
        return None
    return Mapping.ProvisionedPollerConfigProperty(
        minimum_pollers=pollers.minimum_pollers, maximum_pollers=pollers.maximum_pollers, poller_group_name=group
    )


def _destination(on_failure: OnFailure | None) -> Mapping.DestinationConfigProperty | None:
    """The mapping's on-failure destination: the bucket takes the whole batch that failed."""
    if on_failure is None:
        return None
    return Mapping.DestinationConfigProperty(
        on_failure=Mapping.OnFailureProperty(destination=on_failure.bucket.bucket_arn)
    )
