"""The DynamoDB client of this process."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from stores.retries import CLIENT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@cache
def dynamodb() -> "DynamoDBClient":
    """This process's DynamoDB client: a job has one in each of its workers."""
    client: DynamoDBClient = boto3.client("dynamodb", config=CLIENT)
    return client
