"""The platform's topics, tables, buckets and databases on the local parts; what is there already is kept as it is."""

from functools import lru_cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.config import RunConfig
from local.errors import StartFailed
from local.jobs.spark import catalogs
from local.templates import Bucket, Table, Topic

SECONDS: Final = 20
NEEDS_MORE_BROKERS: Final = "min.insync.replicas"
"""The laptop has one broker: a stage's 2 would refuse every message."""


def create(config: RunConfig) -> None:
    """Create what the platform has and the parts lack; raises `StartFailed` in the part's own words."""
    tables, buckets = client(config, "dynamodb"), client(config, "s3")
    try:
        create_topics(config.bootstrap_servers, config.platform.topics)
        for table in config.platform.tables:
            create_table(tables, table)
        for bucket in config.platform.buckets:
            create_bucket(buckets, bucket, config.region)
        create_databases(config)
    except (BotoCoreError, ClientError, KafkaException) as error:
        raise StartFailed(f"a topic, table or bucket could not be made: {error}") from error


def create_topics(bootstrap_servers: str, topics: tuple[Topic, ...]) -> None:
    """Create the topics on a cluster of one broker."""
    new = [NewTopic(topic.name, topic.partitions, 1, config=laptop_configs(topic)) for topic in topics]
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 4})
    for created in admin.create_topics(new, operation_timeout=SECONDS).values() if new else ():
        try:
            created.result(SECONDS)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def laptop_configs(topic: Topic) -> dict[str, str]:
    """The topic's configs, but for what needs more than one broker."""
    return {name: value for name, value in topic.configs.items() if name != NEEDS_MORE_BROKERS}


def create_table(dynamodb: Any, table: Table) -> None:
    """Create the table by its definition."""
    try:
        dynamodb.create_table(**table.definition)
    except dynamodb.exceptions.ResourceInUseException:
        return


def create_bucket(s3: Any, bucket: Bucket, region: str) -> None:
    """Create the bucket."""
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket.name, **place)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise


def create_databases(config: RunConfig) -> None:
    """Create the databases of the lake in the catalog of each job's Spark, which is one file for all."""
    missing = {
        (name, it.name)
        for job in config.platform.jobs
        for name in catalogs(job.conf)
        for it in config.platform.databases
    }
    if missing:
        from pyiceberg.catalog.sql import SqlCatalog  # a second of imports

        config.lake_db.parent.mkdir(parents=True, exist_ok=True)
        for catalog, database in sorted(missing):
            SqlCatalog(catalog, uri=f"sqlite:///{config.lake_db}").create_namespace_if_not_exists(database)


def client(config: RunConfig, service: str) -> Any:
    """A boto3 client of a local part, with the laptop's keys; the same one for the same part."""
    return _client(service, config.region, config.endpoints[service], config.access_key_id, config.secret_access_key)


@lru_cache(maxsize=16)  # `status --watch` asks every second, and a client takes a tenth to make
def _client(service: str, region: str, endpoint: str, access_key_id: str, secret_access_key: str) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4}),
    )
