"""Files and messages → checked, identified lines, beside a model written by hand, Powertools, and the bare limits.

Seconds are those of the processor, in this process; Powertools has a process of its own, which times itself likewise.
"""

import csv
import itertools
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from time import process_time
from typing import Any, Final

import msgspec
from pydantic import BaseModel

from benchmarks.measure import environments
from benchmarks.measure.environments import timed_by_itself
from benchmarks.measure.race import ROUNDS, Entrant, Size, Took, race
from benchmarks.measure.rows import files, lines
from benchmarks.report.results import Comparison
from commerce import wire
from commerce.files.documents import Entry, order_lines

EVENT_MESSAGES: Final = 10_000


class PydanticLine(BaseModel):
    """A user's hand-written model of an afternoon."""

    InvoiceNo: str
    StockCode: str
    Description: str | None
    Quantity: int
    InvoiceDate: datetime
    UnitPrice: Decimal
    CustomerID: float | None
    Country: str


def measure(size: Size) -> Iterator[Comparison]:
    """Compare files, messages and events; the first pass over the rows, in which all is new, is not counted."""
    environments.ready("powertools")
    rounds = ROUNDS[size] if size == "gate" else 5
    yield race(
        "csv",
        "CSV → order lines, by a core's time",
        [
            _timed("ours: wire form, with id", "ours", csv_to_wire),
            _timed("ours: line, with id", "ours", partial(_ours, bool)),
            _timed("csv.DictReader + pydantic", "peer", _pydantic),
            _timed("csv.reader alone", "limit", _bare),
        ],
        rounds,
        watched=False,
    )
    yield race(
        "messages",
        "messages → order lines, by a core's time",
        [
            _timed("ours: every field and the id checked", "ours", messages_to_lines),
            _timed("pydantic, no identity", "peer", partial(_count, PydanticLine.model_validate_json)),
        ],
        rounds,
        watched=False,
    )
    event = msgspec.json.encode(kafka_event(encoded()[:EVENT_MESSAGES]))
    yield race(
        "events",
        f"an event of {EVENT_MESSAGES:,} messages → order lines, by a core's time",
        [
            Entrant(
                "ours: every field and the id checked", "ours", partial(timed_by_itself, None, "ours_event", event)
            ),
            Entrant(
                "Powertools kafka_consumer", "peer", partial(timed_by_itself, "powertools", "powertools_event", event)
            ),
        ],
        rounds,
        watched=False,
    )


def _timed(name: str, kind: Any, read: Callable[[], int]) -> Entrant:
    read()  # the first pass, in which every invoice and product is new

    def run() -> Took:
        began = process_time()
        rows = read()
        return Took(rows, process_time() - began)

    return Entrant(name, kind, run)


def kafka_event(values: Sequence[bytes]) -> dict[str, Any]:
    """The event of these messages, as Lambda makes it."""
    records: dict[str, list[dict[str, Any]]] = {}
    offsets = [itertools.count() for _ in range(6)]
    for number, value in enumerate(values):
        partition = number % len(offsets)
        record = {
            "topic": "order-lines",
            "partition": partition,
            "offset": next(offsets[partition]),
            "timestamp": 1_290_000_000_000 + number,
            "timestampType": "LOG_APPEND_TIME",
            "key": b64encode(b"536365").decode(),
            "value": b64encode(value).decode(),
            "headers": [{"schema": [1]}],
        }
        records.setdefault(f"order-lines-{partition}", []).append(record)
    return {
        "eventSource": "aws:kafka",
        "eventSourceArn": "arn:aws:kafka:us-east-1:123456789012:cluster/bench/uuid",
        "bootstrapServers": "b-1:9098",
        "records": records,
    }


@cache
def encoded() -> list[bytes]:
    """All lines in their wire form."""
    return [wire.encode(line) for line in lines()]


def csv_to_wire() -> int:
    """All files to checked lines with their ids, in their wire form."""
    return _ours(Entry.wire)


def messages_to_lines() -> int:
    """All messages to checked lines, whose ids are proved."""
    return _count(wire.decode)


def _count(read: Callable[[bytes], object]) -> int:
    for value in encoded():
        read(value)
    return len(encoded())


def _ours(take: Callable[[Entry], object]) -> int:
    rows = 0
    for path in files():
        with path.open("rb") as document:
            for entry in order_lines(path.name, document):
                take(entry)
                rows += 1
    return rows


def _pydantic() -> int:
    rows = 0
    for path in files():
        with path.open(encoding="utf-8", errors="replace", newline="") as document:
            for row in csv.DictReader(document):
                PydanticLine.model_validate({name: cell or None for name, cell in row.items()})
                rows += 1
    return rows


def _bare() -> int:
    rows = 0
    for path in files():
        with path.open(encoding="latin-1", newline="") as document:
            rows += sum(1 for _ in csv.reader(document)) - 1
    return rows
