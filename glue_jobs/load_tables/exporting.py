"""The code in Spark's workers that writes items to the bucket, in DynamoDB's own JSON, for its bulk load.

The items are those that a load writes to the tables: each line once, and the summaries of each invoice. An invoice's
lines are in one partition. DynamoDB's format is one `{"Item": …}` a line, gzip.
"""

import gzip
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import pyarrow as pa
from pyspark import TaskContext

from commerce.batches.paths import export_prefix
from commerce.lines import OrderLine
from commerce.summaries import summaries
from glue_jobs.load_tables.samples import Sample
from glue_jobs.load_tables.tasks import lines_of
from stores.dynamodb.items import Item, line_item, summary_item
from stores.s3.transfers import Transfers, patient, s3

REPORT: Final = "lines bigint, summaries bigint, bytes bigint, sample string"
"""The columns of a task's report in Spark's SQL; `sample` is a JSON list of `Sampled`."""

INVOICES: Final = "invoices"
CUSTOMERS: Final = "customers"

_LEVEL: Final = 6


def export(batches: Iterable[Any], bucket: str, name: str) -> Iterator[Any]:
    """Write the items of these Arrow batches under this export's name; yields one batch that holds the report.

    A task that is repeated writes the same objects again.
    """
    context = TaskContext.get()
    assert context is not None
    number, sample = context.partitionId(), Sample()
    with TemporaryDirectory() as folder:
        invoices, customers = ItemFile(Path(folder) / INVOICES), ItemFile(Path(folder) / CUSTOMERS)
        for lines in invoice_lines(lines_of(batches)):
            sample.add(lines)
            invoices.add(map(line_item, lines))
            customers.add(map(summary_item, summaries(lines)))
        for table, file in ((INVOICES, invoices), (CUSTOMERS, customers)):
            if file.closed():
                key = f"{export_prefix(name, table)}{number:05}.json.gz"
                Transfers(s3(), bucket, patient()).upload(file.path, key)
    counted = {"lines": invoices.items, "summaries": customers.items, "bytes": invoices.bytes + customers.bytes}
    sampled = msgspec.json.encode(sample.lines).decode()
    yield pa.record_batch({**{column: [value] for column, value in counted.items()}, "sample": [sampled]})


def invoice_lines(lines: Iterable[OrderLine]) -> Iterator[list[OrderLine]]:
    """The lines invoice by invoice, each line once. They must come with an invoice's lines together."""
    for _, of_one in groupby(lines, key=lambda line: line.InvoiceNo):
        yield list({line.LineId: line for line in of_one}.values())


def size(item: Item) -> int:
    """The bytes of an item's names and values as text: DynamoDB stores a number in fewer.

    >>> size({"InvoiceNo": {"N": "536365"}, "Country": {"S": "EIRE"}})
    26
    """
    return sum(len(name) + len(str(text).encode()) for name, value in item.items() for text in value.values())


class ItemFile:
    """A gzip file of items, and how many it holds; their size is `bytes`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.items = self.bytes = 0
        self._file = gzip.open(path, "wb", _LEVEL)  # noqa: SIM115  # closed by `closed`

    def add(self, items: Iterable[Item]) -> None:
        """Append these items to the file."""
        for item in items:
            self._file.write(msgspec.json.encode({"Item": item}) + b"\n")
            self.items += 1
            self.bytes += size(item)

    def closed(self) -> bool:
        """Close the file; whether it holds an item."""
        self._file.close()
        return self.items > 0
