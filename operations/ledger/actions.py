"""The actions of the ledger's commands, and the stores that they read."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from commerce.raw import last_key
from console.counts import counted
from console.exits import FAILED, OK
from operations.bucket import Bucket
from operations.errors import Refused, StoreUnreachable
from operations.ledger.checks import (
    LastObject,
    Span,
    check_dated_by_broker,
    check_read,
    check_rebuild,
    check_recreated,
    check_start,
    gap_before,
)
from operations.ledger.refiling import Refiling
from operations.ledger.restoring import restore
from operations.ledger.view import Entry, view
from operations.topic import Topic
from stores.dynamodb.ledger import Ledger
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
            _say(f"the topic's ends are not shown: {error}")
            ends = {}
        return view(rows, keys, ends)

    def committed(self) -> Mapping[int, int] | None:
        """The next offset of the archive's group in each partition; None if the brokers cannot be reached from here."""
        try:
            with Topic(self.target) as topic:
                return topic.committed_by(self.target.raw_archive_group)
        except StoreUnreachable:
            return None

    def refiling(self, topic: Topic) -> Refiling:
        """A refiling of this platform's topic."""
        return Refiling(
            self.ledger, self.bucket.lake, topic, self.target.raw_archive_group, erased=self.bucket.erased()
        )


def rebuild(platform: Platform, options: argparse.Namespace) -> int:
    """Write the rows again from the raw objects."""
    changes = platform.ledger.rebuilds(platform.target.topic, platform.bucket.lake)
    if changes:
        check_rebuild(changes, platform.committed())
    platform.ledger.rebuild(changes)
    for change in changes:
        was, now = change.before.position, change.position
        before = f"offset {was.next_offset:,} of epoch {was.epoch}" if was else "absent"
        after = f"offset {now.next_offset:,} of epoch {now.epoch}"
        _say(f"partition {change.before.partition}: was {before}, is {after}")
    _say(f"{counted(len(changes), 'row')} rebuilt from the raw objects")
    return OK


def refile(platform: Platform, options: argparse.Namespace) -> int:
    """File messages again whose raw objects were lost, and name those that are gone for good."""
    with Topic(platform.target) as topic:
        done = platform.refiling(topic).run()
    for of_one in done:
        if of_one.messages:
            _say(f"partition {of_one.partition}: {counted(of_one.messages, 'message')} filed again")
        for gap in of_one.gone:
            _say(
                f"partition {gap.partition}: offsets {gap.first:,} to {gap.end - 1:,} are gone for good: no raw object "
                "holds them, and the topic has let go of them; accept it with "
                f"`tillstream ledger start --partition {gap.partition} --offset {gap.end}`"
            )
    _say(f"{counted(sum(of_one.messages for of_one in done), 'message')} filed again")
    return FAILED if any(of_one.gone for of_one in done) else OK


def restore_objects(platform: Platform, options: argparse.Namespace) -> int:
    """Put raw objects back from a copy of the bucket on disk."""
    done = restore(options.folder, platform.target.topic, platform.bucket.lake)
    _say(f"{done.put:,} raw objects were put back, and {done.held:,} were there already")
    return OK


def new_epoch(platform: Platform, options: argparse.Namespace) -> int:
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
    _say(f"epoch {max(epochs)} begins at offset 0 of {len(begun)} partitions")
    return OK


def start(platform: Platform, options: argparse.Namespace) -> int:
    """Let a partition continue after messages that are gone for good, or accept that they were lost from S3."""
    ledger, topic_name, partition = platform.ledger, platform.target.topic, options.partition
    row = ledger.read(topic_name, partition)
    position = row.position or ledger.position_without_row(topic_name, partition, platform.bucket.lake)
    with Topic(platform.target) as topic:
        if partition not in topic.partitions():
            raise Refused(f"the topic {topic_name} has no partition {partition}")
        if options.offset > position.next_offset:
            check_start(topic, partition, position.next_offset, options.offset)
            ledger.record_start(topic_name, partition, options.offset, after=position.next_offset)
            first = position.next_offset
        else:
            first = gap_before(options.offset, partition, platform.refiling(topic).surveys()).first
            ledger.give_up(topic_name, partition, first, options.offset)
    _say(f"partition {partition}: offsets {first:,} to {options.offset - 1:,} are given up")
    return OK


def let_go(platform: Platform, options: argparse.Namespace) -> int:
    """Let the topic go of messages that their senders dated, and the archive go on behind them."""
    ledger, name = platform.ledger, platform.target.topic
    with Topic(platform.target) as topic:
        check_dated_by_broker(topic)
        spans = list(_dated_by_senders(platform, topic))
        check_read(spans, topic.committed_by(platform.target.order_tables_group) if spans else {})
        for it in spans:
            # first: without it the archive would stall
            ledger.record_start(name, it.partition, it.end, after=it.first)
            topic.let_go(it.partition, it.end)
            _say(
                f"partition {it.partition}: offsets {it.first:,} to {it.end - 1:,} are given up: "
                "send those days' rows again"
            )
    _say(f"{sum(it.end - it.first for it in spans):,} offsets are given up")
    return OK


def _dated_by_senders(platform: Platform, topic: Topic) -> Iterator[Span]:
    """Yield the offsets of each partition that are not filed, up to its last message that its sender dated."""
    ledger, name = platform.ledger, platform.target.topic
    for partition in topic.partitions():
        start, end = topic.bounds(partition)
        position = ledger.read(name, partition).position or ledger.position_without_row(
            name, partition, platform.bucket.lake
        )
        first = position.next_offset
        last = topic.last_dated_by_sender(partition, max(start, first), end)
        if last is not None:
            yield Span(partition, first, last + 1)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


ACTIONS: Final[Mapping[str, Callable[[Platform, argparse.Namespace], int]]] = {
    "show": lambda platform, options: OK,  # the ledger is shown after every command
    "restore": restore_objects,
    "refile": refile,
    "rebuild": rebuild,
    "new-epoch": new_epoch,
    "start": start,
    "let-go": let_go,
}
