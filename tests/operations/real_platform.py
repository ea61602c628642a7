"""A platform on real servers, filled by the real consumers' code, without the laptop's processes around it."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

import tillstream
from commerce import keys
from commerce.keys import message_key
from commerce.lines import FIELDS, OrderLine
from commerce.wire import encode
from consumers.order_tables.handler import write
from consumers.raw_archive.handler import archive
from local.event_source.events import EventFormat
from local.processes import wait_until
from operations.topic import Topic
from stores.dynamodb.ledger import Ledger
from stores.dynamodb.tables import Tables
from stores.kafka.topic import PLAINTEXT, Publisher, headers, producer_settings
from stores.s3 import erasures
from stores.s3.objects import Lake
from stores.target import Target
from tests.brokers import make_topic, messages
from tests.consumers.kafka import Context
from tests.parts import S3
from tests.stores.servers import make_table

PARTITIONS = 3


@dataclass
class RealPlatform:
    """A target, and methods that fill it."""

    target: Target
    home: Path

    @classmethod
    def start(cls, kafka: str, dynamodb: str, s3: S3, home: Path) -> "RealPlatform":
        """New, empty stores with names that no other test has, found as the laptop of the checkout at `home`."""
        name = f"test-{uuid4().hex[:8]}"
        target = Target(
            api_url="http://127.0.0.1:1/P",
            region="eu-west-1",
            bootstrap_servers=kafka,
            kafka_security=PLAINTEXT,
            topic=name,
            cluster=f"arn:aws:kafka:eu-west-1:000000000000:cluster/{name}",
            lake_bucket=name,
            invoices_table=f"{name}-invoices",
            customers_table=f"{name}-customers",
            offsets_table=f"{name}-offsets",
            raw_archive_group=f"{name}-raw-archive",
            order_tables_group=f"{name}-order-tables",
            lake_table=f"lake.{name.replace('-', '_')}.order_lines",
            warehouse_workgroup=name,
            warehouse_database=name.replace("-", "_"),
            warehouse_secret=f"arn:aws:secretsmanager:eu-west-1:000000000000:secret:{name}",
            endpoints={"dynamodb": dynamodb, "s3": s3.endpoint},
            access_key_id=s3.access_key_id,
            secret_access_key=s3.secret_access_key,
        )
        folder = home / ".tillstream"
        folder.mkdir()
        target.save(folder)
        platform = cls(target, home)
        make_table(platform.dynamodb, keys.INVOICES, target.invoices_table)
        make_table(platform.dynamodb, keys.CUSTOMERS, target.customers_table)
        make_table(platform.dynamodb, keys.OFFSETS, target.offsets_table)
        platform.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        platform.create_topic()
        return platform

    @property
    def dynamodb(self) -> Any:
        return self.target.client("dynamodb")

    @property
    def s3(self) -> Any:
        return self.target.client("s3")

    @property
    def lake(self) -> Lake:
        return Lake(self.s3, self.target.lake_bucket)

    @cached_property
    def admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.target.bootstrap_servers})

    def create_topic(self) -> None:
        configs = {"message.timestamp.type": "LogAppendTime"}
        new = NewTopic(self.target.topic, PARTITIONS, 1, config=configs)
        make_topic(self.admin, new)

    def delete_topic(self) -> None:
        topic = self.target.topic
        self.admin.delete_topics([topic], operation_timeout=60, request_timeout=300)[topic].result(300)

    def date_by(self, kind: str) -> None:
        """Let the topic's messages be dated by their sender (`CreateTime`) or by the broker (`LogAppendTime`).

        The broker follows a moment after the controller has taken the change, and this waits for it.
        """
        name = "message.timestamp.type"
        entry = ConfigEntry(name, kind, incremental_operation=AlterConfigOpType.SET)
        of_topic = ConfigResource(ResourceType.TOPIC, self.target.topic, incremental_configs=[entry])
        for done in self.admin.incremental_alter_configs([of_topic]).values():
            done.result(300)

        def followed() -> bool:
            [described] = self.admin.describe_configs([ConfigResource(ResourceType.TOPIC, self.target.topic)]).values()
            return bool(described.result(300)[name].value == kind)

        assert wait_until(followed, 300)

    def expire(self, before: dict[int, int]) -> None:
        """Delete the topic's messages before these offsets, as its retention does."""
        upto = [TopicPartition(self.target.topic, partition, offset) for partition, offset in before.items()]
        for done in self.admin.delete_records(upto).values():
            done.result(300)

    def publish(self, lines: Iterable[OrderLine], values: Iterable[bytes | None] = ()) -> None:
        settings = producer_settings(self.target.bootstrap_servers, PLAINTEXT, 300)
        publisher = Publisher(self.target.topic, settings, 300)
        assert publisher.publish([(message_key(line), encode(line)) for line in lines], headers()) == []
        assert publisher.publish([(b"?", value) for value in values], headers()) == []  # type: ignore[misc]

    def messages(self) -> list[Message]:
        return messages(self.target.bootstrap_servers, self.target.topic)

    def archive(self, of: Sequence[Message], size: int = 40) -> None:
        """Run the raw archive on these messages, in batches of this size that hold several partitions."""
        ledger = Ledger(self.dynamodb, self.target.offsets_table, self.target.cluster)
        for event in self.events(of, size):
            archive(event, ledger, self.lake, erased=erasures.line_ids(self.lake))

    def tabulate(self, of: Sequence[Message], size: int = 40) -> None:
        """Run the order tables' consumer on these messages."""
        tables = Tables(self.dynamodb, self.target.invoices_table, self.target.customers_table)
        for event in self.events(of, size):
            write(event, tables, self.lake, Context(), erased=erasures.line_ids(self.lake))

    def consume(self) -> None:
        """Let both consumers read the topic whole, and their groups commit it."""
        found = self.messages()
        self.archive(found)
        self.tabulate(found)
        self.commit(found, self.target.raw_archive_group, self.target.order_tables_group)

    def read_on(self) -> None:
        """Let each consumer read from where its group stands, and its group commit it; the archive may raise."""
        for group, read in (
            (self.target.order_tables_group, self.tabulate),
            (self.target.raw_archive_group, self.archive),
        ):
            with Topic(self.target) as topic:
                at = topic.committed_by(group)
            found = [it for it in self.messages() if (it.offset() or 0) >= at[it.partition() or 0]]
            if found:
                read(found)
                self.commit(found, group)

    def events(self, of: Sequence[Message], size: int) -> list[dict[str, Any]]:
        form = EventFormat(self.target.topic, self.target.cluster, self.target.bootstrap_servers)
        records = form.records(of)
        # partitions take turns, each in its order
        mixed = sorted(records, key=lambda record: (record.offset // (size // 2), record.partition, record.offset))
        return [json.loads(form.payload(mixed[at : at + size])) for at in range(0, len(mixed), size)]

    def commit(self, of: Sequence[Message], *groups: str) -> None:
        ends = {message.partition(): (message.offset() or 0) + 1 for message in of}
        for group in groups:
            member = Consumer({"bootstrap.servers": self.target.bootstrap_servers, "group.id": group})
            offsets = [TopicPartition(self.target.topic, partition or 0, end) for partition, end in ends.items()]
            member.commit(offsets=offsets, asynchronous=False)
            member.close()

    def run(self, *arguments: str) -> int:
        """Run one of our commands against this platform."""
        return tillstream.main([*arguments])


def csv_file(path: Path, lines: Iterable[OrderLine]) -> str:
    """A file of these lines, which must be in the order of their occurrences."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(FIELDS)
        writer.writerows(
            [["" if (value := getattr(line, name)) is None else value for name in FIELDS] for line in lines]
        )
    return str(path)


def shuffled(lines: Sequence[OrderLine], seed: int = 0) -> list[OrderLine]:
    """The lines in another order, as several connections send them."""
    return Random(seed).sample(list(lines), len(lines))
