"""The real parts: they serve, on loopback only, with the settings that the platform counts on."""

from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

from tests.parts import S3

pytestmark = pytest.mark.parts


def test_kafka_keeps_the_settings_of_a_topic(kafka: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka})
    configs = {"message.timestamp.type": "LogAppendTime", "retention.ms": "604800000"}
    admin.create_topics([NewTopic("test-parts-configs", 6, 1, config=configs)])["test-parts-configs"].result(20)
    resource = ConfigResource(ConfigResource.Type.TOPIC, "test-parts-configs")
    described = admin.describe_configs([resource])[resource].result(20)
    assert {name: described[name].value for name in configs} == configs
    assert len(admin.list_topics("test-parts-configs", 10).topics["test-parts-configs"].partitions) == 6


def test_dynamodb_stores_an_item(dynamodb: str) -> None:
    client = boto3.client(
        "dynamodb", "eu-west-1", endpoint_url=dynamodb, aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_table(
        TableName="test-parts",
        KeySchema=[{"AttributeName": "K", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "K", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="test-parts", Item={"K": {"N": "536365"}})
    assert client.get_item(TableName="test-parts", Key={"K": {"N": "536365"}})["Item"] == {"K": {"N": "536365"}}


def client(s3: S3, secret: str) -> "boto3.client":
    keys = {"aws_access_key_id": s3.access_key_id, "aws_secret_access_key": secret}
    return boto3.client(
        "s3", "eu-west-1", endpoint_url=s3.endpoint, config=Config(retries={"total_max_attempts": 1}), **keys
    )


def test_s3_decides_between_two_writers_of_a_key(s3: S3) -> None:
    writer = client(s3, s3.secret_access_key)
    writer.create_bucket(Bucket="test-parts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    writer.put_object(Bucket="test-parts", Key="a", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="412|PreconditionFailed"):
        writer.put_object(Bucket="test-parts", Key="a", Body=b"2", IfNoneMatch="*")
    assert writer.get_object(Bucket="test-parts", Key="a")["Body"].read() == b"1"


def test_s3_refuses_a_wrong_secret(s3: S3) -> None:
    with pytest.raises(ClientError, match="SignatureDoesNotMatch|403"):
        client(s3, "wrong").list_buckets()


def listening(pid: int) -> set[str]:
    """The hexadecimal addresses that a process listens on, read from /proc."""
    inodes = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    rows = [row.split() for table in ("tcp", "tcp6") for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}
