"""The DynamoDB tables, each made from its key in `commerce.keys`."""

from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from commerce.keys import TableKey

_TYPES: Final = {"N": dynamodb.AttributeType.NUMBER, "S": dynamodb.AttributeType.STRING}


class KeyedTable(dynamodb.Table):
    """A table paid by request, recoverable to any second of 35 days, and retained.

    While it is `protected`, DynamoDB refuses every call that would delete it.
    """

    def __init__(self, scope: Construct, id: str, *, key: TableKey, protected: bool) -> None:
        super().__init__(
            scope,
            id,
            partition_key=dynamodb.Attribute(name=key.partition, type=_TYPES[key.partition_type]),
            sort_key=dynamodb.Attribute(name=key.sort, type=_TYPES[key.sort_type]),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=protected,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        if key.index and key.index_sort:
            sort = dynamodb.Attribute(name=key.index_sort, type=dynamodb.AttributeType.STRING)
            self.add_local_secondary_index(index_name=key.index, sort_key=sort)
