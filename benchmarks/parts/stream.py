"""Kafka → S3 files: ours through event source, Lambda runtime and raw_archive, beside a loop and stream processors.

The topic holds all rows before the clock starts, and the clock stops when the last row is in an object; start-up is
included, and so is our window for the last batches: half a second here, where the laptop has five. Then each
sink is killed by kill −9 once, and started again: rows that are missing and rows that stand there twice. It is killed
in the middle, however seldom its objects become visible: four fifths of the rows come only once some of the first fifth
are in objects, and the kill follows at once.
"""

import itertools
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from time import monotonic, perf_counter, sleep
from typing import Final

from confluent_kafka import Producer

from benchmarks.measure import environments
from benchmarks.measure.environments import PEERS, done
from benchmarks.measure.laptop import parts, publish
from benchmarks.measure.race import ROUNDS, Entrant, PeerFailed, Race, Size, Took
from benchmarks.measure.rows import lines
from benchmarks.parts.objects import Objects, lost_and_repeated
from benchmarks.parts.sinks import HAND, OURS, SINKS, Place, Running, Sink
from benchmarks.report.results import Comparison
from commerce import wire
from local.config import RunConfig
from local.errors import LocalError
from local.parts.provisioning import client

ROWS: Final[Mapping[Size, int]] = {"gate": 100_000, "bench": 600_000, "full": 1_000_000}
KILLED_ROWS: Final = 300_000
FIRST_ROWS: Final = KILLED_ROWS // 5
"""The rows in the topic before a sink that will be killed has written any."""

LOOK_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 300.0
"""Seconds without a new row after which a sink is given up, though it uses the processor."""

QUIET_SECONDS: Final = 10.0
"""Seconds without a new row after which a killed sink has written all that it will, where all rows are there."""


def measure(size: Size) -> Iterator[Comparison]:
    """Compare the sinks; for the gate only with the loop by hand, by processor time, and without a kill."""
    gate = size == "gate"
    if not gate:
        environments.ready("bytewax", "quixstreams", "flink", "spark")
    sinks = (OURS, HAND) if gate else SINKS
    rows = ROWS[size]
    race = Race("stream", f"Kafka → S3 files, {rows:,} rows, 6 partitions", by="cpu_rate" if gate else "rate")
    for number in range(ROUNDS[size]):
        with parts() as (config, state):
            publish_numbered(config, rows)
            entrants = [
                Entrant(sink.name, sink.kind, partial(_through, sink, Place(config, state, sink.prefix), rows))
                for sink in sinks
            ]
            limit = Entrant("consume alone", "limit", partial(_consume, Place(config, state, "limit"), rows))
            race.round(number, [*entrants, limit])
        yield race.comparison
    if not gate:
        yield from _kills(sinks)


def publish_numbered(config: RunConfig, rows: int, first: int = 0) -> None:
    """Publish the rows from `first` on up to so many, each with its number, a member that no reader of a line reads."""
    producer = Producer({"bootstrap.servers": config.bootstrap_servers, "linger.ms": 20, "compression.type": "lz4"})
    values = itertools.cycle([(wire.encode(line)[1:], line.InvoiceNo.encode()) for line in lines()])
    some = enumerate(itertools.islice(values, first, rows), first)
    numbered = ((b'{"Serial":%d,%b' % (number, value), key) for number, (value, key) in some)
    publish(producer, config.platform.topics[0].name, numbered, headers=[("schema", b"\x01")])


def objects_of(sink: Sink, place: Place) -> Objects:
    """The objects that this sink writes."""
    return Objects(client(place.config, "s3"), place.bucket, place.prefix, sink.logged)


def _through(sink: Sink, place: Place, rows: int) -> Took:
    """All rows through the sink, from its start."""
    programs, objects = sink.programs(place), objects_of(sink, place)
    began = perf_counter()
    running = Running(programs)
    try:
        _await_rows(objects, running, 1)
        first = perf_counter() - began
        _await_rows(objects, running, rows)
        return Took(rows, perf_counter() - began, {"first object s": first})
    finally:
        running.stop()


def _await_rows(objects: Objects, running: Running, rows: int) -> None:
    """Return when the objects hold so many rows; raises `PeerFailed` if none is added for a long time."""
    seen, since, patience = objects.look(), monotonic(), running.waiting()
    while seen < rows:
        running.check()
        sleep(LOOK_SECONDS)  # the clock's resolution
        now = objects.look()
        if now != seen:
            seen, since = now, monotonic()
        elif monotonic() - since > PATIENCE_SECONDS or not patience.goes_on(lambda: "rows"):
            raise PeerFailed(f"{seen:,} of {rows:,} rows, and none more for {monotonic() - since:.0f} s")


def _consume(place: Place, rows: int) -> Took:
    done(sys.executable, str(PEERS / "consume_alone.py"), str(rows), environment=place.environment)
    return Took(rows)


def _kills(sinks: tuple[Sink, ...]) -> Iterator[Comparison]:
    """Each sink killed once; seconds are those from its first start to its last row."""
    race = Race("kills", f"Kafka → S3 files, {KILLED_ROWS:,} rows, killed by kill −9 in the middle and started again")
    for sink in sinks:
        with parts() as (config, state):
            publish_numbered(config, FIRST_ROWS)
            race.run(Entrant(sink.name, sink.kind, partial(_killed, sink, Place(config, state, sink.prefix))))
        yield race.comparison


def _killed(sink: Sink, place: Place) -> Took:
    """Kill the sink while it works on the rows after the first ones, start it again, and count."""
    objects, began = objects_of(sink, place), perf_counter()
    running = Running(sink.programs(place))
    try:
        _await_rows(objects, running, FIRST_ROWS // 2)
        publish_numbered(place.config, KILLED_ROWS, FIRST_ROWS)
    finally:
        running.kill()
    at = objects.look()
    if at >= KILLED_ROWS:
        raise PeerFailed("all rows were through at the kill")
    running = Running(sink.programs(place))
    try:
        seconds = _await_quiet(objects, running) - began
    finally:
        running.stop()
    lost, repeated = lost_and_repeated(objects.serials(), KILLED_ROWS)
    return Took(KILLED_ROWS, seconds, {"killed at": at, "lost": lost, "repeated": repeated})


def _await_quiet(objects: Objects, running: Running) -> float:
    """The time of the last new row, once all are there, or none was added for a while."""
    seen, since, last, patience = objects.look(), monotonic(), perf_counter(), running.waiting()
    while (seen < KILLED_ROWS and patience.goes_on(lambda: "rows")) or monotonic() - since < QUIET_SECONDS:
        try:
            running.check()
        except LocalError as error:
            raise PeerFailed(f"it did not run again: {error}") from error
        sleep(LOOK_SECONDS)
        now = objects.look()
        if now != seen:
            seen, since, last = now, monotonic(), perf_counter()
    return last
