"""The code in Spark's workers: writes a partition's lines and their invoices' summaries to DynamoDB.

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
from glue_jobs.load_tables.chunks import chunks
from glue_jobs.load_tables.pace import Pace, Paced, Slots
from glue_jobs.load_tables.samples import Sample
from stores.dynamodb.client import dynamodb
from stores.dynamodb.tables import Tables
from stores.retries import Retries

REPORT: Final = "lines bigint, invoices bigint, seconds double, sample string"
"""The columns of a task's report in Spark's SQL; `sample` is a JSON list of `Sampled`."""


def load(batches: Iterable[Any], invoices: str, customers: str, pace: Pace) -> Iterator[Any]:
    """Write the lines of these Arrow batches; yields one batch that holds the report."""
    began, count, whole = time.monotonic(), 0, 0
    client: Any = Paced(dynamodb(), Slots(pace.rate))
    sample = Sample()
    with ThreadPoolExecutor(pace.threads) as pool:
        tables = Tables(client, invoices, customers, patient(), pool.map, pace.items)
        offered: list[Future[None]] = []
        for chunk in chunks(lines_of(batches)):
            tables.put_lines(chunk.lines)
            _finish(offered)
            # in the background: reading back takes its time, and the next lines need not wait for it
            alone = Tables(client, invoices, customers, patient())
            offered = [pool.submit(alone.summarize, [invoice_no]) for invoice_no in chunk.whole]
            sample.add(chunk.lines)
            count, whole = count + len(chunk.lines), whole + len(chunk.whole)
        _finish(offered)
    seconds, sampled = time.monotonic() - began, msgspec.json.encode(sample.lines).decode()
    yield pa.record_batch({"lines": [count], "invoices": [whole], "seconds": [seconds], "sample": [sampled]})


def lines_of(batches: Iterable[Any]) -> Iterator[OrderLine]:
    """The lines of these Arrow batches."""
    for batch in batches:
        yield from map(line, *(column.to_pylist() for column in batch.columns))


def _finish(offered: Iterable["Future[None]"]) -> None:
    """Wait for the writes in the background; raises their first error."""
    for future in offered:
        future.result()


def patient() -> Retries:
    """Retries for a load, for which nobody waits: a request is repeated for some three minutes."""
    return Retries(lambda: 60.0, attempts=80)
