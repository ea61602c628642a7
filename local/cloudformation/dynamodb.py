"""DynamoDB: tables, which DynamoDB Local keeps."""

from typing import Final

from local.cloudformation.no_effect import ENCRYPTION, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.platform import Table


def table(resource: Resource, properties: Properties, found: Found) -> Table:
    """The table, with the arguments by which boto3 creates it."""
    return Table(resource.name, {"TableName": resource.name, **properties})


TABLE: Final = ResourceType(
    "AWS::DynamoDB::Table",
    reader=table,
    # the arguments of boto3's `create_table` have the same names
    read=("AttributeDefinitions", "KeySchema", "BillingMode", "LocalSecondaryIndexes", "GlobalSecondaryIndexes"),
    no_effect={
        "DeletionProtectionEnabled": "`tillstream reset` asks before it deletes",
        "PointInTimeRecoverySpecification": "the laptop keeps no backups",
        "SSESpecification": ENCRYPTION,
        "Tags": UNBILLED,
    },
    name_property="TableName",
    arn="arn:aws:dynamodb:{region}:{account}:table/{name}",
)

TYPES: Final = (TABLE,)
