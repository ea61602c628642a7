"""The quarantined records and decisions in the lake bucket."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from commerce.batches.records import Input
from commerce.paths import (
    DEAD_LETTERS,
    DECISIONS,
    QUARANTINE,
    bulk_quarantine_source,
    decision_key,
    is_stream_quarantine,
    published_key,
)
from commerce.quarantined.decisions import Decision, decision, recorded
from commerce.quarantined.records import Filter, Kind, Record, records_in
from operations.asking import READER, in_order, patient
from operations.errors import reading
from operations.quarantine.claims import Claims, Holder
from operations.quarantine.documents import accepted_copies, by_file, headers, with_fields
from operations.quarantine.plan import Row
from stores.retries import Retries
from stores.s3.listing import listed
from stores.s3.objects import Lake
from stores.s3.transfers import Transfers
from stores.target import Target


class Quarantine:
    """The lake bucket of a target as its quarantine; raises `StoreUnreachable` if S3 does not answer."""

    def __init__(self, target: Target, retries: Retries | None = None) -> None:
        self._lake = Lake(target.client("s3", config=READER), target.lake_bucket, retries or patient())
        self._transfers = Transfers(self._lake.client, target.lake_bucket, self._lake.retries)
        self._claims = Claims(self._lake)
        self._reading = partial(reading, f"bucket {target.lake_bucket}")

    def records(self, chosen: Filter) -> list[Record]:
        """The chosen records, in the order of their keys."""
        with self._reading():
            every = chain(self._listed(QUARANTINE), self._listed(DEAD_LETTERS))
            found = [it for it in every if _may_hold(it["Key"], chosen)]
            return [record for some in in_order(self._read, found) for record in some if chosen.takes(record)]

    def decided(self) -> dict[str, Decision]:
        """Every decision, by its record."""
        with self._reading():
            keys = [it["Key"] for it in self._listed(f"{DECISIONS}made/")]
            return {made.Record: made for made in in_order(lambda key: decision(self._lake.read(key)), keys)}

    def published(self) -> frozenset[str]:
        """The records whose line the topic has acknowledged."""
        with self._reading():
            return frozenset(recorded((it["Key"] for it in self._listed(f"{DECISIONS}published/")), "published"))

    def with_fields(self, records: Iterable[Record]) -> list[Record]:
        """The records, rows of files with their cells by name where the file is still in `incoming/`."""
        found = {record.id: record for record in records}
        for (key, etag), rows in by_file(found.values()).items():
            with self._document(key, etag) as document:
                if document is not None:
                    known = headers(key, document)
                    found |= {row.id: with_fields(row, known) for row in rows}
        return list(found.values())

    def copies(self, wanted: Iterable[Row]) -> dict[Row, int]:
        """How many copies of these rows their files have as accepted lines, of the files that are in `incoming/`."""
        by_its_file: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for file, *row in wanted:
            by_its_file.setdefault(file, set()).add((row[0], row[1]))
        found: dict[Row, int] = {}
        for file, rows in by_its_file.items():
            with self._document(*file) as document:
                if document is not None:
                    counted = accepted_copies(file[0], document, rows)
                    found |= {(file, *row): counted[row] for row in rows}
        return found

    def claim(self, wanted: Iterable[Decision]) -> Iterator[Holder]:
        """Claim each decision's line for its record unless another one holds it; gives the holders, in order."""
        with self._reading():
            yield from in_order(self._claims.take, wanted)

    def undecided(self, decided: Mapping[str, Decision]) -> dict[str, list[str]]:
        """The lines that are claimed for records without a decision, by record."""
        with self._reading():
            return self._claims.undecided(decided)

    def decide(self, wanted: Iterable[Decision]) -> Iterator[Decision]:
        """Write each decision unless one is there, and give the one that stands, in order."""
        with self._reading():
            yield from in_order(self._decide, wanted)

    def note_published(self, wanted: Iterable[Decision]) -> None:
        """Write that the topic has acknowledged these lines."""
        with self._reading():
            for _ in in_order(lambda made: self._lake.put_once(published_key(made.Record), made.body), wanted):
                pass

    def _decide(self, wanted: Decision) -> Decision:
        key = decision_key(wanted.Record)
        return wanted if self._lake.put_once(key, wanted.body) else decision(self._lake.read(key))

    def _listed(self, prefix: str) -> Iterator[Any]:
        return listed(self._lake.retries, self._lake.client, self._lake.bucket, prefix)

    def _read(self, found: Any) -> list[Record]:
        return list(records_in(found["Key"], self._lake.read(found["Key"]), found["LastModified"]))

    @contextmanager
    def _document(self, key: str, etag: str) -> Iterator[BinaryIO | None]:
        """The dropped file in this version; None if it is not in `incoming/` any more."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "document"
            with self._reading():
                is_there = self._transfers.fetch(Input(key, etag), path)
            if not is_there:
                yield None
                return
            with path.open("rb") as document:
                yield document


def _may_hold(key: str, chosen: Filter) -> bool:
    """Whether the object with this key may hold a chosen record."""
    if is_stream_quarantine(key):
        kind, record = Kind.STREAM, key.removeprefix(QUARANTINE).removesuffix(".json")
        named = not chosen.ids or record in chosen.ids
    elif bulk_quarantine_source(key):
        kind, prefix = Kind.BULK, key.removeprefix(QUARANTINE).removesuffix(".jsonl") + "/"
        named = not chosen.ids or any(record.startswith(prefix) for record in chosen.ids)
    elif key.startswith(DEAD_LETTERS):
        kind, letter = Kind.DESTINATION, f"{Kind.DESTINATION}/{key.removeprefix(DEAD_LETTERS)}"
        named = not chosen.ids or any(record == letter or record.startswith(f"{letter}/") for record in chosen.ids)
    else:
        return False
    return named and chosen.kind in (None, kind)
