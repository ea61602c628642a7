"""Erases a customer from the items that a killed `tillstream fill` left in the bucket."""

import gzip
from collections.abc import Callable, Iterator

import msgspec

from commerce.batches import Export
from commerce.paths import EXPORTS
from operations.asking import in_order
from operations.erasure.bucket import ErasableBucket
from operations.erasure.wanted import NO_LINE, Found, Search, Wanted
from operations.reconcile.hops.items import stored_summary, verified_line


class Exports:
    """Everything under `batches/exports/`: items, records of exports, and DynamoDB's reports of items that failed."""

    name = "exports"

    def __init__(self, bucket: ErasableBucket, check_no_load: Callable[[], None]) -> None:
        """`check_no_load` raises `Refused` while DynamoDB loads one of the tables."""
        self._bucket, self._check_no_load = bucket, check_no_load

    def search(self, wanted: Wanted) -> Found:
        """The wanted lines of all exports, and their summaries."""
        search = Search(self.name)
        for key, line_ids in self._holding(wanted):
            for line_id in line_ids:
                search.add(key, line_id)
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Delete each object that holds something wanted: `fill` makes an export of its own each time.

        Then no load may be under way, since one that began before would put the items into the tables after the
        customer's lines went from there.
        """
        for key, _ in self._holding(wanted):
            self._bucket.delete(key)
        self._check_no_load()

    def _holding(self, wanted: Wanted) -> Iterator[tuple[str, list[str]]]:
        keys = list(self._bucket.listed(EXPORTS))
        for key, body in zip(keys, in_order(self._bucket.lake.read, keys), strict=True):
            if found := list(in_export(key, body, wanted)):
                yield key, found


def in_export(key: str, body: bytes, wanted: Wanted) -> Iterator[str]:
    """The LineIds of the wanted lines in an object of an export, `NO_LINE` for what names the customer otherwise."""
    try:
        if key.endswith(".json.gz"):
            for text in gzip.decompress(body).splitlines():
                yield from _in_item(text, wanted)
        else:
            # line id, invoice, product, customer: glue_jobs.load_tables.samples
            for sample in msgspec.json.decode(body, type=Export).sample:
                line_id, _, _, customer = msgspec.json.decode(sample)
                if wanted.takes_row(line_id, customer):
                    yield line_id
    except (OSError, EOFError, msgspec.DecodeError, ValueError, KeyError):  # one of DynamoDB's reports
        if wanted.in_text(body):
            yield NO_LINE


def _in_item(text: bytes, wanted: Wanted) -> Iterator[str]:
    item = msgspec.json.decode(text)["Item"]
    if (line := verified_line(item)) is not None:
        if wanted.takes(line):
            yield line.LineId
    elif (summary := stored_summary(item)) is not None and summary.CustomerID == wanted.customer:
        yield NO_LINE
