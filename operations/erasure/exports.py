"""Erases a customer from the items that a killed `tillstream fill` left in the bucket."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from commerce.batches.paths import EXPORTS
from commerce.batches.records import Export
from operations.asking import in_order
from operations.erasure.bucket import ErasableBucket
from operations.erasure.wanted import NO_LINE, Found, Search, Wanted
from operations.reconcile.hops.items import stored_summary, verified_line

GZIP: Final = b"\x1f\x8b"


class Exports:
    """Everything under `batches/exports/`: items, records of exports, and DynamoDB's reports of items that failed."""

    name = "exports"

    def __init__(
        self, bucket: ErasableBucket, check_no_job: Callable[[], None], check_no_load: Callable[[], None]
    ) -> None:
        """These raise `Refused` while load_tables writes items, and while DynamoDB loads one of the tables."""
        self._bucket, self._check_no_job, self._check_no_load = bucket, check_no_job, check_no_load

    def search(self, wanted: Wanted) -> Found:
        """The wanted lines of all exports, and their summaries."""
        search = Search(self.name)
        for key, line_ids in self._holding(wanted):
            for line_id in line_ids:
                search.add(key, line_id)
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Delete each object that holds something wanted: `fill` makes an export of its own each time.

        Before that load_tables may not run, which could write such an object after the search. Nor may a load be under
        way afterwards, since one that began before would put the items into the tables after the lines went from there.
        """
        self._check_no_job()
        for key, _ in self._holding(wanted):
            self._bucket.delete(key)
        self._check_no_load()

    def _holding(self, wanted: Wanted) -> Iterator[tuple[str, list[str]]]:
        keys = list(self._bucket.listed(EXPORTS))
        for key, body in zip(keys, in_order(self._bucket.lake.read, keys), strict=True):
            if found := list(in_export(body, wanted)):
                yield key, found


def in_export(body: bytes, wanted: Wanted) -> Iterator[str]:
    """The LineIds of the wanted lines in an object of an export, `NO_LINE` for what names the customer otherwise.

    An object is an export's items or its record, else one of DynamoDB's reports, whose form nobody here knows.
    """
    text = _decompressed(body)
    for reader in (_in_items, _in_record):
        try:
            yield from list(reader(text, wanted))
        except (msgspec.DecodeError, ValueError, KeyError, TypeError):  # it is no such object
            continue
        return
    if wanted.in_text(text):
        yield NO_LINE


def _decompressed(body: bytes) -> bytes:
    """The bytes that were compressed; those of the object itself where they were not, or are broken."""
    if not body.startswith(GZIP):
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return body


def _in_items(text: bytes, wanted: Wanted) -> Iterator[str]:
    for line in text.splitlines():
        yield from _in_item(line, wanted)


_decode: Final = msgspec.json.Decoder(Export).decode


def _in_record(text: bytes, wanted: Wanted) -> Iterator[str]:
    # line id, invoice, product, customer: glue_jobs.load_tables.samples
    for sample in _decode(text).sample:
        line_id, _, _, customer = msgspec.json.decode(sample)
        if wanted.takes_row(line_id, customer):
            yield line_id


def _in_item(text: bytes, wanted: Wanted) -> Iterator[str]:
    item = msgspec.json.decode(text)["Item"]
    if (line := verified_line(item)) is not None:
        if wanted.takes(line):
            yield line.LineId
    elif (summary := stored_summary(item)) is not None:
        if summary.CustomerID == wanted.customer:
            yield NO_LINE
    elif wanted.in_text(text):
        yield NO_LINE
