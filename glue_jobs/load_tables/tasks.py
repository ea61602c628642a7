"""What Spark's workers do: write a partition's lines and their invoices' summaries to DynamoDB.

A module of its own, since workers import what they run. An invoice's lines are in one partition, in their order.
"""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import msgspec
import pyarrow as pa

from commerce.columns import line
from commerce.lines import OrderLine
from glue_jobs.load_tables.pace import Pace, Paced, Slots
from glue_jobs.load_tables.samples import Sample
from glue_jobs.load_tables.waves import waves
from stores.dynamodb import dynamodb
from stores.retries import Retries
from stores.tables import Tables

REPORT: Final = "lines bigint, invoices bigint, seconds double, sample string"
"""What a task says of itself, as Spark's SQL declares it; `sample` is a JSON list of `Sampled`."""


def load(batches: Iterable[Any], invoices: str, customers: str, pace: Pace) -> Iterator[Any]:
    """Write the lines of these Arrow batches; one batch that holds the report."""
    began, count, whole = time.monotonic(), 0, 0
    client: Any = Paced(dynamodb(), Slots(pace.rate))
    sample = Sample()
    with ThreadPoolExecutor(pace.threads) as pool:
        tables = Tables(client, invoices, customers, patient(), pool.map, pace.items)
        offered: list[Future[None]] = []
        for wave in waves(_lines(batches)):
            tables.put_lines(wave.lines)
            _finish(offered)
            # in the background: reading back takes its time, and the next lines need not wait for it
            alone = Tables(client, invoices, customers, patient())
            offered = [pool.submit(alone.summarize, [invoice_no]) for invoice_no in wave.whole]
            sample.add(wave.lines)
            count, whole = count + len(wave.lines), whole + len(wave.whole)
        _finish(offered)
    seconds, sampled = time.monotonic() - began, msgspec.json.encode(sample.lines).decode()
    yield pa.record_batch({"lines": [count], "invoices": [whole], "seconds": [seconds], "sample": [sampled]})


def _lines(batches: Iterable[Any]) -> Iterator[OrderLine]:
    for batch in batches:
        yield from map(line, *(column.to_pylist() for column in batch.columns))


def _finish(offered: Iterable["Future[None]"]) -> None:
    """Wait for what goes on in the background; raises what went wrong there."""
    for future in offered:
        future.result()


def patient() -> Retries:
    """Retries for a load, which nobody waits for: a request is asked again for some three minutes."""
    return Retries(lambda: 60.0, attempts=80)
