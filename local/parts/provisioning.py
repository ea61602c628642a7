"""Creates the platform's topics, tables, buckets and databases on the local servers; existing ones are kept."""

from collections.abc import Callable
from functools import lru_cache
from time import sleep
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.config import RunConfig
from local.errors import StartFailed
from local.glue.spark import catalogs
from local.parts import lake_catalog
from local.platform import Bucket, Table, Topic

SECONDS: Final = 20
AGAIN_SECONDS: Final = 0.5
SLOW_KAFKA: Final = (
    KafkaError._TIMED_OUT,
    KafkaError._TRANSPORT,
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.NOT_CONTROLLER,
    KafkaError.INVALID_REPLICATION_FACTOR,
)
"""Errors of a broker without processor time; the last one, while the controller takes it for dead."""

NEEDS_MORE_BROKERS: Final = "min.insync.replicas"
"""Settings that need more brokers: a stage's 2 replicas in sync would refuse every message on one broker."""


def create(config: RunConfig, goes_on: Callable[[], bool] = lambda: False) -> None:
    """Create the platform's missing topics, tables and buckets; raises `StartFailed` in the server's own words.

    A part that is too slow to answer is asked again while it goes on.
    """
    while True:
        try:
            create_once(config)
        except (BotoCoreError, ClientError, KafkaException) as error:
            if not (too_slow(error) and goes_on()):
                raise StartFailed(f"a topic, table or bucket could not be made: {error}") from error
            sleep(AGAIN_SECONDS)
        else:
            return


def too_slow(error: BotoCoreError | ClientError | KafkaException) -> bool:
    """Whether a server may succeed later: it did not answer in time, or its broker is just registering again."""
    if isinstance(error, KafkaException):
        return error.args[0].code() in SLOW_KAFKA
    return isinstance(error, HTTPClientError)


def create_once(config: RunConfig) -> None:
    """Create what is missing; existing ones stay unchanged."""
    tables, buckets = client(config, "dynamodb"), client(config, "s3")
    create_topics(config.bootstrap_servers, config.platform.topics)
    for table in config.platform.tables:
        create_table(tables, table)
    for bucket in config.platform.buckets:
        create_bucket(buckets, bucket, config.region)
    create_databases(config)


def create_topics(bootstrap_servers: str, topics: tuple[Topic, ...]) -> None:
    """Create the topics on a cluster of one broker."""
    new = [NewTopic(topic.name, topic.partitions, 1, config=laptop_configs(topic)) for topic in topics]
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 4})
    waits = {"operation_timeout": SECONDS, "request_timeout": SECONDS}
    for created in admin.create_topics(new, **waits).values() if new else ():
        try:
            created.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def laptop_configs(topic: Topic) -> dict[str, str]:
    """The topic's configs without those that need more than one broker."""
    return {name: value for name, value in topic.configs.items() if name != NEEDS_MORE_BROKERS}


def create_table(dynamodb: Any, table: Table) -> None:
    """Create the table by its definition."""
    try:
        dynamodb.create_table(**table.definition)
    except dynamodb.exceptions.ResourceInUseException:
        return


def create_bucket(s3: Any, bucket: Bucket, region: str) -> None:
    """Create the bucket, unless it exists."""
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
        lake_catalog.create_databases(config.lake_db, sorted(missing))


def client(config: RunConfig, service: str) -> Any:
    """A boto3 client of a local server, with the laptop's keys; the same one for the same server."""
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
