"""The code of one function in a process of its own: its processor seconds over so many rows, and the process's memory.

    python -m benchmarks.growth.code "requests → messages" 500000

Rows come a day at a time and are not kept; making them, and the requests and events of which they are the content, is
left out of the seconds. All numbers of invoices differ.
"""

import itertools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from io import BytesIO
from time import process_time
from typing import Final

import msgspec

from benchmarks.growth.measured import Measured, measured
from benchmarks.measure import days, environments
from benchmarks.parts.lines import EVENT_MESSAGES, kafka_event
from benchmarks.report.results import Usage
from commerce.files.documents import order_lines
from commerce.kafka_events import by_partition
from commerce.raw import Position
from consumers.garbage import collect_seldom
from consumers.order_tables import batch
from consumers.raw_archive.objects import raw_object
from lambdas.ingest.rows import plan, posted_rows
from local.processes import peak_mb

REQUEST_ROWS: Final = 500
"""The rows of a request of `tillstream replay`."""


class Clock:
    """The processor seconds of this process within the blocks that it was entered for."""

    def __init__(self) -> None:
        self.seconds, self._began = 0.0, 0.0

    def __enter__(self) -> None:
        self._began = process_time()

    def __exit__(self, *exception: object) -> None:
        self.seconds += process_time() - self._began


def _values(rows: int, clock: Clock | None = None) -> Iterator[list[bytes]]:
    """The rows of each day in their wire form, read and checked as the client does it."""
    for name, document in days.documents(rows):
        with clock or Clock():
            values = [entry.wire() for entry in order_lines(name, BytesIO(document))]
        yield values


def _read(rows: int, clock: Clock) -> int:
    return sum(len(values) for values in _values(rows, clock))


def _publish(rows: int, clock: Clock) -> int:
    seen = 0
    for values in _in(REQUEST_ROWS, _values(rows)):
        body = b"[" + b",".join(values) + b"]"
        with clock:
            seen += len(plan(posted_rows(body, alone=True)).messages)
    return seen


def _lines(rows: int, clock: Clock) -> int:
    seen = 0
    for event in _events(rows):
        with clock:
            given = json.loads(event)  # as AWS's runtime client does it
            seen += len(batch.read(message for _, messages in by_partition(given) for message in messages).lines)
    return seen


def _objects(rows: int, clock: Clock) -> int:
    seen = 0
    for event in _events(rows):
        with clock:
            for partition, messages in by_partition(json.loads(event)):
                seen += raw_object(partition, Position(1, 0, -1), messages).extent.count
    return seen


def _events(rows: int) -> Iterator[bytes]:
    for values in _in(EVENT_MESSAGES, _values(rows)):
        yield msgspec.json.encode(kafka_event(values))


def _in(size: int, groups: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
    """The values of all groups, so many at a time."""
    values = itertools.chain.from_iterable(groups)
    while some := list(itertools.islice(values, size)):
        yield some


WAYS: Final[Mapping[str, Callable[[int, Clock], int]]] = {
    "client: CSV → lines in their wire form": _read,
    "ingest: requests → messages": _publish,
    "order_tables: events → checked lines": _lines,
    "raw_archive: events → objects": _objects,
}


def measure(rows: int) -> Iterator[Measured]:
    """Measure each function's code over so many rows."""
    for way in WAYS:
        yield measured(way, rows, partial(_alone, way, rows))


def _alone(way: str, rows: int) -> Usage:
    said = environments.done(sys.executable, "-m", "benchmarks.growth.code", way, str(rows))
    return msgspec.json.decode(said, type=Usage)


def main(argv: list[str]) -> None:
    """Run one way, and print its use as JSON."""
    way, rows = argv[0], int(argv[1])
    collect_seldom()
    clock = Clock()
    seen = WAYS[way](rows, clock)
    assert seen == rows, seen
    print(msgspec.json.encode(Usage("the function's code", 1, round(clock.seconds, 2), peak_mb(os.getpid()))).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
