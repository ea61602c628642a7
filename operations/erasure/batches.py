"""The batches' files of an erasure: staged lines, the files for the warehouse's COPY, and samples of loaded lines."""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import msgspec

from commerce.batches.paths import BATCHES, STAGED, TO_WAREHOUSE
from commerce.batches.staged_sums import replacing
from operations.asking import in_order
from operations.erasure.bucket import ErasableBucket
from operations.erasure.files import wanted_rows, without
from operations.erasure.wanted import Found, Search, Wanted

LOADED = f"{BATCHES}loaded/"


class BatchFiles:
    """The files that the jobs of the batch path keep beside the lake.

    Staged files are written anew without the lines, with the sum by which the load jobs take them for curate's. The
    files for COPY are deleted whole, since the load job makes them again of the staged ones when it needs them.
    """

    name = "staged files"

    def __init__(self, bucket: ErasableBucket) -> None:
        self._bucket = bucket

    def search(self, wanted: Wanted) -> Found:
        """The wanted lines of all batches."""
        search = Search(self.name)
        for key, line_ids in (*self._files(wanted), *self._samples(wanted)):
            for line_id in line_ids:
                search.add(key, line_id)
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Remove the lines of the LineIds from every file."""
        for key, _ in self._files(wanted):
            if key.startswith(TO_WAREHOUSE):
                batch = key.removeprefix(TO_WAREHOUSE).partition("/")[0]
                # its manifest first: a load that is killed beside this finds either all files or none
                for other in sorted(self._bucket.listed(f"{TO_WAREHOUSE}{batch}/"), reverse=True):
                    self._bucket.delete(other)
            else:
                before = self._bucket.lake.read(key)
                after = without(BytesIO(before), wanted.line_ids)
                sums = replacing(sha256(before).hexdigest(), self._bucket.metadata(key), sha256(after).hexdigest())
                self._bucket.replace(key, after, Metadata=sums)
        for key, _ in self._samples(wanted):
            entry = msgspec.json.decode(self._bucket.lake.read(key))
            entry["sample"] = [it for it in entry["sample"] if it[0] not in wanted.line_ids]
            self._bucket.replace(key, msgspec.json.encode(entry), ContentType="application/json")

    def _files(self, wanted: Wanted) -> Iterator[tuple[str, list[str]]]:
        """Each Parquet file that holds a wanted line, with their LineIds."""
        for prefix in (STAGED, TO_WAREHOUSE):
            yield from parquet_files(self._bucket, prefix, wanted)

    def _samples(self, wanted: Wanted) -> Iterator[tuple[str, list[str]]]:
        """Each entry of a load job's ledger whose sample holds a wanted line, with their LineIds."""
        keys = list(self._bucket.listed(LOADED, ".json"))
        for key, body in zip(keys, in_order(self._bucket.lake.read, keys), strict=True):
            sample: list[Any] = msgspec.json.decode(body).get("sample", [])
            # line id, invoice, product, customer: glue_jobs.load_tables.samples
            if found := [it[0] for it in sample if wanted.takes_row(it[0], it[3])]:
                yield key, found


def parquet_files(bucket: ErasableBucket, prefix: str, wanted: Wanted) -> Iterator[tuple[str, list[str]]]:
    """Each Parquet file under a prefix that holds a wanted line, with their LineIds."""
    for key in list(bucket.listed(prefix, ".parquet")):
        if found := wanted_rows(bucket.stream(key), wanted):
            yield key, found
