"""What runs in this checkout, and how far each of its stores has come."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from commerce.errors import StatementFailed
from local import hops
from local.config import RunConfig
from local.errors import PartSilent
from local.jobs.runs import short_name
from local.jobs.workflows import next_due
from local.platform import Warehouse
from local.resources import client
from local.state import Run, State
from stores import warehouse as data_api
from stores.target import Target

SECONDS = 10


def status(state: State) -> dict[str, Any]:
    """The state as one object; `running` is false, and nothing else is told, where no platform runs."""
    run = state.run()
    if run is None or not run.supervisor.alive:
        return {"running": False}
    told = {"running": run.ready, "stage": run.stage, "in_memory": run.in_memory, "parts": parts(run)}
    if not run.ready:
        return told
    config = RunConfig.load(state.config_file)
    try:
        return {**told, **counts(config, Target.load(state.root))}
    except (BotoCoreError, ClientError, KafkaException, StatementFailed) as error:
        raise PartSilent(f"a part of the running platform does not answer: {error}") from error


def parts(run: Run) -> list[dict[str, Any]]:
    """Each process with its id, port and state."""
    return [
        {
            "name": part.name,
            "pid": part.identity.pid,
            "port": part.port,
            "state": "running" if part.identity.alive else "ended",
        }
        for part in run.parts
    ]


def counts(config: RunConfig, target: Target) -> dict[str, Any]:
    """Address, topics, groups, tables, buckets and warehouses of a running platform, and the rows in each hop."""
    platform = config.platform
    ends = end_offsets(config.bootstrap_servers, [(topic.name, topic.partitions) for topic in platform.topics])
    told: dict[str, Any] = {
        "api_url": platform.outputs["ApiUrl"],
        "bootstrap_servers": config.bootstrap_servers,
        "topics": [
            {"name": topic.name, "partitions": topic.partitions, "end_offset": sum(ends[topic.name])}
            for topic in platform.topics
        ],
        "groups": [
            {"name": mapping.group, "topic": mapping.topic, "lag": lag(config, mapping.group, mapping.topic, ends)}
            for mapping in platform.mappings
        ],
        "tables": [{"name": table.name, "items": items(config, table.name)} for table in platform.tables],
        "warehouses": [
            {"workgroup": it.workgroup, "database": it.database, "order_lines": order_lines(config, it)}
            for it in platform.warehouses
        ],
        "schedules": schedules(config),
        "buckets": [{"name": bucket.name, **hops.files(config, bucket.name)} for bucket in platform.buckets],
    }
    return {**told, "rows": hops.rows(config, target, told)}


def schedules(config: RunConfig) -> list[dict[str, Any]]:
    """The triggers of the clock, the soonest first, and when each is due next."""
    due = next_due(config.platform.triggers, datetime.now(UTC))
    short = partial(short_name, stage=config.platform.stage)
    return [
        {
            "trigger": trigger.name,
            "jobs": [short(job) for job in trigger.jobs],
            "schedule": trigger.schedule,
            "next": time.isoformat(),
        }
        for time, trigger in due
    ]


def end_offsets(bootstrap_servers: str, topics: list[tuple[str, int]]) -> dict[str, list[int]]:
    """The end offset of every partition of each topic."""
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "tillstream-status", "log_level": 0})
    try:
        return {
            name: [consumer.get_watermark_offsets(TopicPartition(name, n), timeout=SECONDS)[1] for n in range(count)]
            for name, count in topics
        }
    finally:
        consumer.close()


def lag(config: RunConfig, group: str, topic: str, ends: dict[str, list[int]]) -> int:
    """How many messages the group has yet to commit; a partition without a commit counts whole."""
    admin = AdminClient({"bootstrap.servers": config.bootstrap_servers, "log_level": 0})
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, n) for n in range(len(ends[topic]))])
    answer = admin.list_consumer_group_offsets([asked])[group].result(SECONDS)
    committed = {partition.partition: max(partition.offset, 0) for partition in answer.topic_partitions}
    return sum(end - committed.get(number, 0) for number, end in enumerate(ends[topic]))


def items(config: RunConfig, table: str) -> int:
    """The number of items; DynamoDB Local's is exact (AWS's own is up to six hours old)."""
    return int(client(config, "dynamodb").describe_table(TableName=table)["Table"]["ItemCount"])


def order_lines(config: RunConfig, warehouse: Warehouse) -> int:
    """The number of lines that were loaded: none where no load has made the table yet."""
    database = data_api.Warehouse(
        client(config, "redshift-data"),
        warehouse.workgroup,
        warehouse.database,
        warehouse.secret,
        deadline_seconds=SECONDS,
    )
    return database.rows_of("order_lines")
