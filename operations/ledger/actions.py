"""The actions of the ledger's commands, and the stores that they read."""

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Final

from commerce.raw import last_key
from operations.bucket import Bucket
from operations.errors import Refused, StoreUnreachable
from operations.ledger.checks import LastObject, check_recreated, check_start
from operations.ledger.view import Entry, view
from operations.topic import Topic
from stores.ledger import Ledger
from stores.retries import CLIENT, each_within
from stores.target import Target

_PATIENCE_SECONDS: Final = 60.0
"""Seconds for which one request is repeated."""


class Platform:
    """The stores that the ledger's commands read and write."""

    def __init__(self, of: Target) -> None:
        self.target = of
        self.bucket = Bucket(of)
        client = of.client("dynamodb", config=CLIENT)
        self.ledger = Ledger(client, of.offsets_table, of.cluster, each_within(_PATIENCE_SECONDS))

    def entries(self) -> list[Entry]:
        """The ledger's entries; without the topic's ends if its brokers cannot be reached from here."""
        rows, keys = self.ledger.rows(self.target.topic), self.bucket.raw_keys()
        try:
            with Topic(self.target) as topic:
                ends = {partition: topic.bounds(partition)[1] for partition in topic.partitions()}
        except StoreUnreachable as error:
            print(f"the topic's ends are not shown: {error}", file=sys.stderr)
            ends = {}
        return view(rows, keys, ends)


def rebuild(platform: Platform, options: argparse.Namespace) -> None:
    """Write the rows again from the raw objects."""
    changed = platform.ledger.rebuild(platform.target.topic, platform.bucket.lake)
    for rebuilt in changed:
        was = rebuilt.before.position
        before = f"offset {was.next_offset:,} of epoch {was.epoch}" if was else "absent"
        now = f"offset {rebuilt.position.next_offset:,} of epoch {rebuilt.position.epoch}"
        print(f"partition {rebuilt.before.partition}: was {before}, is {now}", file=sys.stderr)
    print(f"{len(changed)} rows rebuilt from the raw objects", file=sys.stderr)


def new_epoch(platform: Platform, options: argparse.Namespace) -> None:
    """Begin a new epoch, in which a recreated topic is filed from offset 0."""
    keys, lake = platform.bucket.raw_keys(), platform.bucket.lake
    epoch = max((key.epoch for key in keys), default=0)
    with Topic(platform.target) as topic:
        partitions = topic.partitions()
        lasts = [last for partition in partitions if (last := last_key(keys, partition, epoch))]
        filed = [LastObject(last, lake.extent(str(last)).first_timestamp) for last in lasts]
        check_recreated(topic, filed)
        begun = platform.ledger.new_epoch(platform.target.topic, partitions, lake)
    epochs = {row.position.epoch for row in begun if row.position}
    print(f"epoch {max(epochs)} begins at offset 0 of {len(begun)} partitions", file=sys.stderr)


def start(platform: Platform, options: argparse.Namespace) -> None:
    """Let a partition continue after messages that are gone for good."""
    ledger, topic_name, partition = platform.ledger, platform.target.topic, options.partition
    row = ledger.read(topic_name, partition)
    position = row.position or ledger.position_without_row(topic_name, partition, platform.bucket.lake)
    with Topic(platform.target) as topic:
        if partition not in topic.partitions():
            raise Refused(f"the topic {topic_name} has no partition {partition}")
        check_start(topic, partition, position.next_offset, options.offset)
    ledger.record_start(topic_name, partition, options.offset)
    given_up = f"offsets {position.next_offset:,} to {options.offset - 1:,} are given up"
    print(f"partition {partition} may go on at offset {options.offset:,}: {given_up}", file=sys.stderr)


ACTIONS: Final[Mapping[str, Callable[[Platform, argparse.Namespace], None]]] = {
    "show": lambda platform, options: None,  # the ledger is shown after every command
    "rebuild": rebuild,
    "new-epoch": new_epoch,
    "start": start,
}
