"""Kafka → S3 files through event source, Lambda runtime and raw_archive, beside a hand loop without exactly-once.

The topic holds all rows before the clock starts; it stops when the last message is in an object. Start-up is included,
and the window of the last, partial batches: half a second here, where the laptop has five.
"""

import gzip
import itertools
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from confluent_kafka import Consumer, Producer

from benchmarks.report import Result, show
from benchmarks.rows import lines
from benchmarks.stream import only, parts, process, publish
from commerce import wire
from local.config import RunConfig
from local.parts.provisioning import client

ROWS = 600_000


def measure() -> None:
    """Show the comparison."""
    with parts() as (config, state):
        topic = config.platform.topics[0].name
        _publish(config, topic)
        bare = _bare_consumer(config, topic)
        hand = _hand_loop(config, topic)
        archive = only(config, "rawarchive", window_seconds=0.5)
        began = perf_counter()
        with process("runtime", archive, state), process("event_source", archive, state):
            first = _wait(config, topic, 1, began)
            seconds = _wait(config, topic, ROWS, began)
        show(
            f"Kafka → S3 files, {ROWS:,} rows, 6 partitions, start-up included",
            [
                Result("ours: exactly once", ROWS / seconds, {"first s": f"{first:.1f}"}),
                Result("hand loop: at least once", ROWS / hand, {"first s": ""}),
                Result("limit: consume alone", ROWS / bare, {"first s": ""}),
            ],
        )


def _publish(config: RunConfig, topic: str) -> None:
    producer = Producer({"bootstrap.servers": config.bootstrap_servers, "linger.ms": 20, "compression.type": "lz4"})
    values = [(wire.encode(line), line.InvoiceNo.encode()) for line in lines()]
    publish(producer, topic, itertools.islice(itertools.cycle(values), ROWS), headers=[("schema", b"\x01")])


def _consumer(config: RunConfig, topic: str, group: str) -> Consumer:
    settings: dict[str, Any] = {"bootstrap.servers": config.bootstrap_servers, "group.id": group}
    consumer = Consumer({**settings, "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe([topic])
    return consumer


def _bare_consumer(config: RunConfig, topic: str) -> float:
    began, seen = perf_counter(), 0
    consumer = _consumer(config, topic, "limit")
    while seen < ROWS:
        seen += len(consumer.consume(10_000, 1))
    consumer.close()
    return perf_counter() - began


def _hand_loop(config: RunConfig, topic: str) -> float:
    """A user's loop: consume, join, gzip, put, commit. A crash between put and commit repeats the batch."""
    s3, bucket = client(config, "s3"), config.platform.buckets[0].name
    began, seen = perf_counter(), 0
    consumer = _consumer(config, topic, "hand")
    while seen < ROWS:
        messages = consumer.consume(10_000, 1)
        if not messages:
            continue
        body = gzip.compress(b"\n".join(message.value() or b"" for message in messages), 1)
        s3.put_object(Bucket=bucket, Key=f"hand/{messages[0].partition()}/{messages[0].offset()}-{seen}.gz", Body=body)
        consumer.commit(asynchronous=False)
        seen += len(messages)
    consumer.close()
    return perf_counter() - began


def _wait(config: RunConfig, topic: str, rows: int, began: float) -> float:
    """Seconds until the ledger has come this far over all partitions."""
    dynamodb = client(config, "dynamodb")
    table = next(table.name for table in config.platform.tables if "TopicPartition" in str(table.definition))
    while True:
        items = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
        done = sum(int(item["NextOffset"]["N"]) for item in items)
        seconds = perf_counter() - began
        if done >= rows:
            return seconds
        assert seconds < 600, f"{done} of {rows} rows in ten minutes; see {Path(config.state)}"
        sleep(0.05)  # the clock's resolution
