"""The lines that curate took from `incoming/`: those it staged for every batch that is in the lake."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from commerce.identity import line_id
from commerce.lines import OrderLine
from operations.asking import READER, patient
from operations.errors import reading
from operations.reconcile.hops.lake import lines_of
from operations.reconcile.lines import LineCounter, LineSet
from operations.reconcile.scope import Scope
from stores.retries import Retries
from stores.s3.batches import Batches
from stores.s3.transfers import Transfers
from stores.target import Target

TABLES = "tables"
WAREHOUSE = "warehouse"


class Incoming:
    """A target's batches; raises `StoreUnreachable` if S3 does not answer."""

    def __init__(self, target: Target, retries: Retries | None = None) -> None:
        client = target.client("s3", config=READER)
        self.batches = Batches(client, target.lake_bucket, retries or patient())
        self.transfers = Transfers(client, target.lake_bucket, self.batches.retries)
        self.reading = partial(reading, f"the batches' records in bucket {target.lake_bucket}")

    def is_empty(self) -> bool:
        """Whether curate has made no batch yet."""
        with self.reading():
            return not self.batches.ids()

    def filled_lake(self) -> bool:
        """Whether curate has made a batch, or the lake holds data files without a record of their batch."""
        with self.reading():
            return bool(self.batches.ids()) or self.batches.lake_files()

    def filled_warehouse(self) -> bool:
        """Whether the bucket records a batch as loaded into the warehouse, whatever the warehouse says itself."""
        with self.reading():
            return bool(self.batches.loaded(WAREHOUSE))

    def lines(self) -> Iterator[OrderLine]:
        """The accepted lines of every file that was taken; a line may come more than once."""
        with self.reading():
            keys = [key for manifest in self.batches.manifests() for key in manifest.outcome.staged_files]
        yield from self.staged(keys)

    def staged(self, keys: Iterable[str]) -> Iterator[OrderLine]:
        """The lines of these staged objects."""
        from pyarrow import parquet  # takes a while to import

        for key in keys:
            with TemporaryDirectory() as folder:
                path = Path(folder) / "lines.parquet"
                with self.reading():
                    self.transfers.download(key, path)
                with parquet.ParquetFile(path) as file:
                    for batch in file.iter_batches():
                        yield from lines_of(batch)


def taken(lines: Iterable[OrderLine], scope: Scope) -> LineSet:
    """The lines that are in the scope and match their LineIds."""
    counter = LineCounter()
    for line in lines:
        if scope.covers(line) and line_id(line, line.Occurrence) == line.LineId:
            counter.add(line)
    return counter.settle()
