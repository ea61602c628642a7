"""The contract's examples of what browse answers."""

from datetime import UTC, datetime, timedelta
from typing import Final

from commerce import wire
from commerce.errors import FieldError
from commerce.keys import invoice_number, line_key, message_key
from commerce.lines import OrderLine
from commerce.paths import raw_key
from commerce.quarantine import Quarantined
from commerce.quarantined.answers import answer
from commerce.quarantined.decisions import State
from commerce.quarantined.records import stream_record
from commerce.raw import RawLine
from commerce.verdicts import HopFigures, PublishedVerdict
from lambdas.browse.messages import Message, Messages, OffsetRange, message
from lambdas.browse.pipeline import (
    DELIVERIES,
    LINES,
    Job,
    NewFile,
    PartitionBounds,
    Pipeline,
    QuarantineCount,
    StoreCount,
    TopicState,
    VerdictLine,
    consumer,
)
from lambdas.browse.quarantine import QuarantinePage
from lambdas.browse.raw_objects import RawContent, RawObjectInfo, RawObjects
from lambdas.browse.story import (
    Delivery,
    InFile,
    InLake,
    InRawObject,
    InTable,
    InWarehouse,
    Story,
    TopicRead,
)

_NOW: Final = datetime(2010, 12, 1, 8, 30, tzinfo=UTC)
_THEN: Final = _NOW - timedelta(seconds=20)
_BATCH: Final = "20101201T082600Z-00ff"
_KEY: Final = str(raw_key("order-lines", 0, 1, 2_000, round(_THEN.timestamp() * 1000)))
_NO_OBJECT: Final = FieldError("value", "[]", "must be one JSON object")
_BYTES: Final = 18_230


def pipeline() -> Pipeline:
    """A topic of one partition, of which the archive has some messages left to read."""
    bounds = [PartitionBounds(0, 0, 3_108)]
    return Pipeline(
        at=_NOW,
        topic=TopicState("order-lines", 3_108, _NOW, bounds),
        consumers=[
            consumer("raw-archive", "dev-raw-archive", bounds, {0: 2_988}, oldest=_THEN, members=1, now=_NOW),
            consumer("order-tables", "dev-order-tables", bounds, {}, oldest=None, members=1, now=_NOW),
        ],
        stores=[
            StoreCount("topic", DELIVERIES, 3_108),
            StoreCount("s3", DELIVERIES, 2_988),
            StoreCount("dynamodb", LINES, 3_105),
            StoreCount("lake", LINES, 1_042),
            StoreCount("warehouse", LINES, 0),
        ],
        files=[NewFile(_KEY, _BYTES, _THEN)],
        jobs=[
            Job("curate", _BATCH, _THEN, 1_042, None),
            Job("load_tables", _BATCH, _THEN, 1_042, 0),
            Job("load_warehouse", None, None, None, 1),
        ],
        quarantine=QuarantineCount(2, 1, complete=True),
        verdict=VerdictLine("holds", _THEN, "every row is counted (3,108 rows, 3 hops agree)"),
    )


def messages(line: OrderLine) -> Messages:
    """The newest message of a partition, of this line."""
    return Messages("order-lines", 0, 0, 3_108, OffsetRange(3_107, 3_108), [_message(line, 3_107)], None)


def raw_objects() -> RawObjects:
    """The first of several objects of a day."""
    found = [RawObjectInfo(_KEY, 2_000, _BYTES, _THEN)]
    return RawObjects("order-lines", 0, 1, "2010-12-01", ["2010-12-01"], found, "2000")


def raw_content(line: OrderLine) -> RawContent:
    """The first message of an object, of this line."""
    return RawContent(_KEY, 2_000, 2_988, 988, _BYTES, "9e107d9d" * 8, [_message(line, 2_000)], "2001")


def _message(line: OrderLine, offset: int) -> Message:
    at = round(_THEN.timestamp() * 1000)
    return message(RawLine(0, offset, at, wire.SCHEMA, message_key(line), wire.encode(line)))


def story(line: OrderLine) -> Story:
    """The story of this line, which is in every store."""
    return Story(
        line_id=line.LineId,
        line=line,
        csv=InFile(line.Occurrence),
        topic=[Delivery(0, 2_000, _THEN)],
        topic_read=TopicRead(0, 3_108, complete=True),
        raw=[InRawObject(_KEY, 0, 2_000)],
        dynamodb=InTable(invoice_number(line.InvoiceNo), line_key(line)),
        lake=InLake(_BATCH, 4_611_686_018_427_387_905, _KEY),
        warehouse=InWarehouse(_BATCH, _NOW),
    )


def verdict() -> PublishedVerdict:
    """A verdict by which two hops agree."""
    sentence = "every row is counted (3,108 rows, 2 hops agree)"
    hops = [HopFigures(name, 3_108, 3_105, 0, "46376.490", 0, 0) for name in ("csv", "topic")]
    return PublishedVerdict("holds", _THEN, sentence, hops)


def quarantine() -> QuarantinePage:
    """A message of the topic that is not an order line, about which nothing is decided."""
    refused = Quarantined("order-lines", 0, 42, round(_THEN.timestamp() * 1000), None, b"[]", (_NO_OBJECT,))
    record = stream_record(refused.key, refused.body)
    return QuarantinePage([answer(record, State.OPEN)], None)
