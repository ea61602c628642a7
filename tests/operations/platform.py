"""A platform in memory, filled as the real functions would fill it; tests break it at will."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

import msgspec

from commerce import raw, wire
from commerce.files.documents import Entry
from commerce.identity import order_line
from commerce.kafka_events import LOG_APPEND_TIME, Headers, Message, Partition
from commerce.keys import invoice_number, message_key
from commerce.lines import OrderLine, OrderRow
from commerce.paths import RawKey, quarantine_key
from commerce.raw import NO_TIMESTAMP, Position, RawLine
from commerce.selection import Selection
from commerce.summaries import summaries
from commerce.wire import SCHEMA
from consumers.raw_archive.objects import raw_object
from operations.reconcile.hops import incoming
from operations.reconcile.hops.csv import held
from operations.reconcile.hops.names import BY_DEFAULT
from operations.reconcile.raw_chain import Fetched
from operations.reconcile.run import judged
from operations.reconcile.scope import scope_of
from operations.reconcile.sources import Sources
from operations.reconcile.verdict import Step, Verdict
from operations.reconcile.waiting import Bounds, Settled
from stores.dynamodb import items
from stores.dynamodb.ledger import Row

TOPIC = "order-lines"
ARCHIVE, TABLES = "raw-archive", "order-tables"
PARTITIONS = 3
NOON = 1_291_204_800_000
"""2010-12-01T12:00Z in milliseconds."""


@dataclass
class Platform:
    """The content of each store. It plays topic, bucket, ledger and tables, with reconciliation's methods.

    `committed` says where a consumer group reads on, where it has not read all; curate has taken every raw object but
    `untaken_keys`, `untaken` are the lines of the files that it has not taken.
    """

    topic: dict[int, list[RawLine]] = field(default_factory=lambda: {number: [] for number in range(PARTITIONS)})
    starts: dict[int, int] = field(default_factory=dict)
    objects: dict[RawKey, Fetched] = field(default_factory=dict)
    quarantined: set[str] = field(default_factory=set)
    ledger: dict[int, Row] = field(default_factory=dict)
    invoice_items: dict[tuple[int, str], items.Item] = field(default_factory=dict)
    customer_items: dict[tuple[int, str], items.Item] = field(default_factory=dict)
    page_size: int = 3
    incoming: "Incoming" = field(default_factory=lambda: Incoming())
    committed: dict[str, dict[int, int]] = field(default_factory=dict)
    untaken_keys: set[RawKey] = field(default_factory=set)
    untaken: list[OrderLine] = field(default_factory=list)
    erasing: bool = False
    gone_from_redshift: int = 0
    unloaded_lines: dict[str, list[OrderLine]] = field(default_factory=dict)
    began: Bounds = field(default_factory=dict)
    lake: "Rows" = field(default_factory=lambda: Rows())
    warehouse: "Rows" = field(default_factory=lambda: Rows())

    # the topic
    def bounds(self, partition: int) -> tuple[int, int]:
        messages = self.topic[partition]
        start = self.starts.get(partition, 0)
        return start, max(start, messages[-1].offset + 1 if messages else 0)

    def all_bounds(self) -> dict[int, tuple[int, int]]:
        return {partition: self.bounds(partition) for partition in self.topic}

    def read(self, partition: int, start: int, end: int) -> Iterator[RawLine]:
        first = max(start, self.bounds(partition)[0])
        return iter([message for message in self.topic[partition] if first <= message.offset < end])

    # the bucket
    def raw_keys(self) -> list[RawKey]:
        return list(self.objects)

    def fetched(self, keys: Iterable[RawKey]) -> Iterator[Fetched]:
        return (self.objects[key] for key in keys)

    def absent(self, keys: Sequence[str]) -> list[str]:
        return [key for key in keys if key not in self.quarantined]

    def is_erasing(self) -> bool:
        return self.erasing

    # the ledger
    def rows(self, topic: str) -> list[Row]:
        return list(self.ledger.values())

    # the tables
    def scan_invoices(self, expected: int) -> Iterator[list[items.Item]]:
        return self._pages(self.invoice_items)

    def scan_customers(self, expected: int) -> Iterator[list[items.Item]]:
        return self._pages(self.customer_items)

    def invoice(self, invoice_no: str) -> list[items.Item]:
        return [
            item for (number, _), item in sorted(self.invoice_items.items()) if number == invoice_number(invoice_no)
        ]

    def customer(self, customer_id: int) -> list[items.Item]:
        return [item for (customer, _), item in sorted(self.customer_items.items()) if customer == customer_id]

    def summary(self, pair: tuple[int, str]) -> items.Item | None:
        return self.customer_items.get(pair)

    def _pages(self, table: dict[Any, items.Item]) -> Iterator[list[items.Item]]:
        stored = [item for _, item in sorted(table.items())]
        return (stored[at : at + self.page_size] for at in range(0, len(stored), self.page_size))

    # what is still to be done
    def archive_step(self) -> Step:
        return Step(0, ARCHIVE)

    def tables_step(self) -> Step:
        return Step(0, TABLES)

    def job_step(self, job: str) -> Step:
        return Step(("curate", "load_tables", "load_warehouse").index(job) + 1, job)

    def unread_by_archive(self) -> Iterator[RawLine]:
        return self._from(self.committed.get(ARCHIVE, self.ends()))

    def unread_by_tables(self) -> Iterator[RawLine]:
        return self._from(self.committed.get(TABLES, self.ends()))

    def published_since(self) -> Iterator[RawLine]:
        return self._from({partition: end for partition, (_, end) in self.began.items()})

    def untaken_objects(self) -> Iterator[RawLine]:
        return iter([message for key in sorted(self.untaken_keys) for message in self.lines_of(key)])

    def untaken_files(self) -> Iterator[OrderLine]:
        return iter(self.untaken)

    def unloaded(self, store: str) -> Iterator[OrderLine]:
        return iter(self.unloaded_lines.get(store, []))

    def lost_by_redshift(self) -> int:
        return self.gone_from_redshift

    def ends(self) -> dict[int, int]:
        return {partition: self.bounds(partition)[1] for partition in self.topic}

    def _from(self, offsets: Mapping[int, int]) -> Iterator[RawLine]:
        for partition, offset in offsets.items():
            yield from self.read(partition, offset, self.bounds(partition)[1])

    # what the functions of the platform do
    def publish(self, value: bytes | None, key: bytes, partition: int) -> RawLine:
        """Append a message to a partition."""
        offset = self.bounds(partition)[1]
        message = RawLine(partition, offset, NOON + 60_000 * offset, SCHEMA, key, value)
        self.topic[partition].append(message)
        return message

    def publish_line(self, line: OrderLine) -> RawLine:
        return self.publish(wire.encode(line), message_key(line), invoice_number(line.InvoiceNo) % PARTITIONS)

    def archive(self, partition: int, messages: Sequence[RawLine], epoch: int = 1) -> RawKey:
        """Put the messages as one object that follows on what is filed, and move the ledger on."""
        row = self.ledger.get(partition, Row(TOPIC, partition))
        position = row.position if row.position and row.position.epoch == epoch else Position(epoch, 0, NO_TIMESTAMP)
        batch = [_kafka_message(message) for message in messages]
        made = raw_object(Partition(TOPIC, partition), position, batch)
        self.objects[made.key] = Fetched(made.key, made.extent.metadata(), made.body)
        end = Position(epoch, made.extent.next_offset, made.extent.greatest_timestamp)
        self.ledger[partition] = Row(TOPIC, partition, end, row.recorded_start, row.given_up)
        return made.key

    def archive_all(self, random: Random | None = None) -> None:
        """Archive every message, in objects of random sizes."""
        for partition, messages in self.topic.items():
            at = 0
            while at < len(messages):
                size = random.randint(1, 6) if random else len(messages)
                self.archive(partition, messages[at : at + size])
                at += size

    def rewrite(self, key: RawKey, messages: Sequence[RawLine]) -> None:
        """Replace the messages of an object that stays consistent in itself."""
        greatest = int(self.objects.pop(key).metadata["greatest-timestamp"])
        position = Position(key.epoch, key.first_offset, greatest)
        made = raw_object(Partition(TOPIC, key.partition), position, [_kafka_message(message) for message in messages])
        self.objects[made.key] = Fetched(made.key, made.extent.metadata(), made.body)

    def put(self, lines: Iterable[OrderLine]) -> None:
        """Put the lines in Invoices and their summaries in Customers."""
        for line in lines:
            item = items.line_item(line)
            self.invoice_items[int(item["InvoiceNo"]["N"]), item["LineKey"]["S"]] = item
        for summary in summaries(items.line(item) for item in self.invoice_items.values()):
            self.customer_items[summary.CustomerID, summary.InvoiceNo] = items.summary_item(summary)

    def lines_of(self, key: RawKey) -> list[RawLine]:
        return list(raw.lines(self.objects[key].body))


@dataclass
class Incoming(incoming.Incoming):
    """The lines that curate took from dropped files; None before its first batch."""

    taken: list[OrderLine] | None = None

    def is_empty(self) -> bool:
        return self.taken is None

    def lines(self) -> Iterator[OrderLine]:
        return iter(self.taken or [])


@dataclass
class Rows:
    """The rows of a table, the lake's or the warehouse's."""

    rows: list[OrderLine] = field(default_factory=list)

    def lines(self, first: date, last: date) -> Iterator[OrderLine]:
        return iter([row for row in self.rows if first <= row.InvoiceDate.date() <= last])


def a_platform(lines: Sequence[OrderLine], *, bad: Sequence[bytes | None] = (), seed: int = 0) -> Platform:
    """A platform that carried these lines, some of them twice, and these messages that are not order lines."""
    random, platform = Random(seed), Platform()
    published: list[OrderLine | bytes | None] = [*lines, *random.sample(lines, len(lines) // 4), *bad]
    random.shuffle(published)
    for one in published:
        if isinstance(one, OrderLine):
            platform.publish_line(one)
        else:
            message = platform.publish(one, b"?", random.randrange(PARTITIONS))
            key = quarantine_key(TOPIC, message.partition, message.offset, message.timestamp)
            platform.quarantined.add(key)
    platform.archive_all(random)
    platform.put(lines)
    return platform


def played(platform: Platform) -> Any:
    """The platform as each store that it plays: a topic, a bucket, a ledger, tables, and what is pending."""
    return platform


def reconciled(
    platform: Platform, lines: Iterable[OrderLine], hops: Sequence[str] = BY_DEFAULT, bounds: Bounds | None = None,
    *, exact: bool = True, erased: Iterable[OrderLine] = (), **selection: Any,
) -> Verdict:  # fmt: skip
    """The verdict on the platform, with the lines as the rows of the files; `bounds` as they were when it began.

    Some of the lines may have been `erased`. Exact unless said otherwise: what a store holds beyond the lines is wrong.
    """
    chosen = Selection(**selection)
    entries = (Entry(number, [], line) for number, line in enumerate(lines, 2))
    it = played(platform)
    sources = Sources(
        TOPIC, ARCHIVE, TABLES, it, it, it, it, platform.incoming, platform.lake, platform.warehouse, it
    )  # fmt: skip
    platform.began = platform.all_bounds() if bounds is None else bounds
    ends = {partition: end for partition, (_, end) in platform.began.items()}
    committed = {group: platform.committed.get(group, ends) for group in (ARCHIVE, TABLES)}
    waited = Settled(platform.began, {}, committed)
    gone = frozenset(line.LineId for line in erased)
    files = held(entries, chosen, gone)
    scope = scope_of(chosen, files.days, files.lines, gone)
    return judged(files, scope, sources, waited, hops, lambda *_: None, exact=exact)


def broken(verdict: Verdict) -> set[str]:
    """The names of the rules that do not hold."""
    return {rule.name for rule in verdict.rules if not rule.holds}


def with_metadata(fetched: Fetched, **changed: object) -> Fetched:
    names = {name.replace("_", "-"): str(value) for name, value in changed.items()}
    return msgspec.structs.replace(fetched, metadata=fetched.metadata | names)


def on(line: OrderLine, day: date) -> OrderLine:
    """Another line, the same but for its day."""
    moment = line.InvoiceDate.replace(day.year, day.month, day.day)
    fields = {name: getattr(line, name) for name in OrderRow.__struct_fields__}
    return order_line(OrderRow(**fields | {"InvoiceDate": moment}), line.Occurrence)


def _kafka_message(message: RawLine) -> Message:
    headers: Headers = [] if message.schema is None else [{"schema": [message.schema]}]
    return Message(
        TOPIC,
        message.partition,
        message.offset,
        message.timestamp,
        LOG_APPEND_TIME,
        message.key,
        message.value,
        headers,
    )
