"""Asks each store for one line."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from commerce.batches.paths import loaded_key
from commerce.batches.records import Manifest, batch_id
from commerce.keys import invoice_number, line_key
from commerce.paths import parse_raw_key
from commerce.raw import Position, RawLine
from lambdas.browse.looks.topic import partition_of_invoice, searched
from lambdas.browse.messages import MOST_MESSAGES
from lambdas.browse.platform import Platform
from lambdas.browse.story import (
    Delivery,
    InFile,
    InLake,
    InRawObject,
    InTable,
    InWarehouse,
    Story,
    TopicRead,
    held_in,
    line_of,
)
from lambdas.http import NotFound

_CLOCKS: Final = timedelta(minutes=10)
"""The most by which the clocks of S3 and of a job may differ."""

_BATCHES_LOOKED_AT: Final = 24
"""The number of batches after an object was written in which it is looked for."""


def story(platform: Platform, invoice_no: str, line_id: str) -> Story:
    """The line's own story; raises `NotFound` where neither its table nor the topic has it."""
    stored = line_of(line_id, list(platform.tables.whole_lines(invoice_no)))
    partition = partition_of_invoice(platform, invoice_no)
    start, end = platform.reader.bounds(partition)
    holds = partial(held_in, invoice_no=invoice_no, line_id=line_id)
    found, until = searched(platform, partition, start, end, lambda it: holds(it.value) is not None, MOST_MESSAGES)
    line = stored or (holds(found[0].value) if found else None)
    if line is None:
        raise NotFound(f"there is no line {line_id} of invoice {invoice_no}")
    # all deliveries are of one partition: its row of the ledger is read once, and only if there is one
    position = platform.ledger.read(platform.census.topic, partition).position if found else None
    objects = [it for it in (_raw_object(platform, position, delivery) for delivery in found) if it]
    lake = _in_lake(platform, objects[0]) if objects else None
    return Story(
        line_id=line_id,
        line=line,
        csv=InFile(line.Occurrence),
        topic=[Delivery(it.partition, it.offset, datetime.fromtimestamp(it.timestamp / 1000, UTC)) for it in found],
        topic_read=TopicRead(start, until, complete=until == end),
        raw=[InRawObject(str(key), key.partition, key.first_offset) for it in objects if (key := _key(it))],
        dynamodb=InTable(invoice_number(invoice_no), line_key(stored)) if stored else None,
        lake=lake,
        warehouse=_in_warehouse(platform, lake),
    )


def _raw_object(platform: Platform, position: Position | None, it: RawLine) -> Any | None:
    """The raw object that holds this message of a partition filed up to this position; None if it is not filed."""
    if position is None or position.next_offset <= it.offset:
        return None
    return platform.lake.raw_before(platform.census.topic, it.partition, position.epoch, it.offset + 1, it.timestamp)


def _key(it: Any) -> Any:
    return parse_raw_key(it["Key"])


def _in_lake(platform: Platform, it: Any) -> InLake | None:
    """The batch that took this raw object, of the first ones after it was written."""
    after = batch_id(it["LastModified"] - _CLOCKS, 0)
    for batch in islice(platform.batches.ids(after), _BATCHES_LOOKED_AT):
        manifest: Manifest = platform.batches.manifest(batch)
        if any(taken.key == it["Key"] for taken in manifest.outcome.objects):
            return InLake(batch, manifest.snapshot_id, it["Key"])
    return None


def _in_warehouse(platform: Platform, lake: InLake | None) -> InWarehouse | None:
    """The batch in the warehouse, by the record of its load; None if it is not loaded."""
    found = platform.lake.dated(loaded_key("warehouse", lake.batch)) if lake else None
    return InWarehouse(lake.batch, found[1]) if lake and found else None
