"""The state of the running platform: its processes, and the progress of each store."""

from datetime import UTC, datetime, timedelta
from functools import partial
from time import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from confluent_kafka import Consumer, KafkaException, TopicPartition

from commerce.errors import StatementFailed
from local.cloudwatch.logs import Follower
from local.cloudwatch.raised import states
from local.cloudwatch.rates import rates
from local.config import RunConfig
from local.diagnosis.known_causes import complaints
from local.diagnosis.logs import short_name as short_log_name
from local.errors import PartSilent
from local.glue.runs import short_name
from local.glue.triggers import next_due
from local.kafka.admin import reason
from local.lambda_runtime.failures import LOG, Failures, recent
from local.parts.programs import SCHEDULES
from local.parts.provisioning import client
from local.platform import Mapping, Warehouse
from local.state import Run, State
from local.status import counts as stored
from stores.kafka.brokers import BrokersSilent
from stores.kafka.lag import lag
from stores.redshift import warehouse as data_api
from stores.s3.batches import Batches
from stores.target import Target

SECONDS = 10
STANDSTILL = timedelta(minutes=2)
"""A group stands still while its function's last failure is this recent: retries come every 10 s at least."""


def status(state: State, follower: Follower | None = None) -> dict[str, Any]:
    """The state as one object; if no platform runs, `running` is false, and `ended` says why if it ended by itself.

    `follower` reads the metrics in the logs; one that is passed at each look reads what is new alone.
    """
    run = state.run()
    if run is None or not run.supervisor.alive:
        ended = state.ended()
        return {"running": False, **({"ended": ended} if ended else {})}
    answer = {"running": run.ready, "stage": run.stage, "in_memory": run.in_memory, "parts": parts(run)}
    answer["complaints"] = complaints(state.root / "logs")
    if not run.ready:
        return answer
    config = RunConfig.load(state.config_file)
    scheduled = any(part.name == SCHEDULES for part in run.parts)
    try:
        return {
            **answer,
            **counts(config, Target.load(state.root), scheduled=scheduled),
            **watched(state, config, follower or Follower(state.root / "logs"), scheduled=scheduled),
        }
    except (BotoCoreError, BrokersSilent, ClientError, KafkaException, StatementFailed) as error:
        why = reason(error) if isinstance(error, KafkaException) else error
        raise PartSilent(f"a service of the running platform does not answer: {why}") from error


def watched(state: State, config: RunConfig, follower: Follower, *, scheduled: bool) -> dict[str, Any]:
    """The rows a second at each hop, and the alarms, each with its state."""
    now = time()
    points = follower.look(now)
    since = state.config_file.stat().st_mtime
    return {
        "rates": rates(points, now),
        "alarms": states(config.platform, points, now, since, scheduled=scheduled),
    }


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


def counts(config: RunConfig, target: Target, *, scheduled: bool) -> dict[str, Any]:
    """Address, topics, groups, tables, buckets and warehouses of a running platform, and the count of each hop."""
    platform, now = config.platform, datetime.now(UTC)
    state = State(config.state)
    failed = recent(state.log(LOG), now, state.began())
    groups = [group(config, mapping, failed, now) for mapping in platform.mappings]
    read_on = {mapping.function for mapping, it in zip(platform.mappings, groups, strict=True) if not it["lag"]}
    ends = end_offsets(config.bootstrap_servers, [(topic.name, topic.partitions) for topic in platform.topics])
    answer: dict[str, Any] = {
        "api_url": platform.outputs["ApiUrl"],
        "bootstrap_servers": config.bootstrap_servers,
        "topics": [
            {"name": topic.name, "partitions": topic.partitions, "end_offset": sum(ends[topic.name])}
            for topic in platform.topics
        ],
        "groups": groups,
        "failures": [failure(it, platform.stage, over=it.function in read_on or is_old(it, now)) for it in failed],
        "tables": [{"name": table.name, "items": items(config, table.name)} for table in platform.tables],
        "warehouses": [
            {"workgroup": it.workgroup, "database": it.database, "order_lines": order_lines(config, it)}
            for it in platform.warehouses
        ],
        "schedules": schedules(config, on=scheduled),
        "buckets": [{"name": bucket.name, **stored.files(config, bucket.name)} for bucket in platform.buckets],
    }
    hops = stored.counts(config, target, answer)
    tables_read = all(not it["lag"] for it in groups if it["name"] == target.order_tables_group)
    lake = Batches(client(config, "s3"), target.lake_bucket)
    return {**answer, **hops, "emptied": stored.emptied(lake, hops["lines"], tables_read=tables_read)}


def schedules(config: RunConfig, *, on: bool) -> list[dict[str, Any]]:
    """The triggers with a schedule, the soonest first, and the next time of each; None while schedules are off."""
    due = next_due(config.platform.triggers, datetime.now(UTC))
    short = partial(short_name, stage=config.platform.stage)
    return [
        {
            "trigger": trigger.name,
            "jobs": [short(job) for job in trigger.jobs],
            "schedule": trigger.schedule,
            "next": time.isoformat() if on else None,
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


def group(config: RunConfig, mapping: Mapping, failed: list[Failures], now: datetime) -> dict[str, Any]:
    """A consumer group: how many messages it has yet to read, the time of the oldest, and why it stands still."""
    behind = lag(config.bootstrap_servers, mapping.group, mapping.topic, dated=True)
    errors = [it.error for it in failed if it.function == mapping.function and not is_old(it, now)]
    return {
        "name": mapping.group,
        "topic": mapping.topic,
        "lag": behind.messages,
        "oldest_seconds": None if behind.oldest is None else max(0, round((now - behind.oldest).total_seconds())),
        "stands_still": errors[0] if errors and behind.messages else None,
    }


def is_old(failed: Failures, now: datetime) -> bool:
    """Whether the function has not failed for so long that it would have been tried again since."""
    return now - failed.last >= STANDSTILL


def failure(failed: Failures, stage: str, *, over: bool) -> dict[str, Any]:
    """A function that failed in the last minutes; `over` says that it goes on since then."""
    name = function_name(failed.function, stage)
    last = failed.last.isoformat()
    return {"function": name, "count": failed.count, "last": last, "error": failed.error, "over": over}


def function_name(name: str, stage: str) -> str:
    """A function's name in one platform, as `tillstream logs` accepts it.

    >>> function_name("tillstream-laptop-rawarchive-defaa071", "laptop")
    'rawarchive'
    """
    return short_log_name(name) if name.startswith(f"tillstream-{stage}-") else name


def items(config: RunConfig, table: str) -> int | None:
    """The number of items, None without the table; DynamoDB Local's is exact (AWS's own is up to six hours old)."""
    dynamodb = client(config, "dynamodb")
    try:
        return int(dynamodb.describe_table(TableName=table)["Table"]["ItemCount"])
    except dynamodb.exceptions.ResourceNotFoundException:
        return None


def order_lines(config: RunConfig, warehouse: Warehouse) -> int:
    """The number of loaded lines: 0 before a load has created the table."""
    database = data_api.Warehouse(
        client(config, "redshift-data"),
        warehouse.workgroup,
        warehouse.database,
        warehouse.secret,
        deadline_seconds=SECONDS,
    )
    return database.rows_of("order_lines")
