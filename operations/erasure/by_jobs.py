"""The stores from which jobs erase: each job deletes the lines of the records that it has not carried out."""

from collections.abc import Callable, Collection, Iterator
from typing import Final

from commerce.paths import LAKE
from operations.erasure.batches import parquet_files
from operations.erasure.bucket import ErasableBucket
from operations.erasure.files import wanted_rows
from operations.erasure.wanted import Found, Search, Wanted
from operations.errors import Refused
from stores.redshift import warehouse
from stores.target import Target

Job = Callable[[str, list[str]], bool]
"""Runs a job of the platform with these arguments of its own; whether it succeeded."""

IDS_A_QUERY: Final = 1_000


class Lake:
    """The lake's files: those of every snapshot, and any that no snapshot names."""

    name = "lake"

    def __init__(self, bucket: ErasableBucket, job: Job, named: Callable[[], Collection[str]]) -> None:
        """Erase by these jobs; `named` returns the keys of the files that a snapshot names."""
        self._bucket, self._job, self._named = bucket, job, named

    def search(self, wanted: Wanted) -> Found:
        """The wanted lines in all files under the lake's prefix."""
        search = Search(self.name)
        for key, line_ids in parquet_files(self._bucket, LAKE, wanted):
            for line_id in line_ids:
                search.add(key, line_id)
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Let curate delete the lines, and maintain_lake forget the snapshots that hold them, with their files.

        A run that was killed before its commit leaves files that no snapshot ever named, so no job deletes them.
        """
        # the first file that holds one is enough: the lake is searched whole before the erasure and after it
        if next(parquet_files(self._bucket, LAKE, wanted), None):
            _run(self._job, "curate")
            _run(self._job, "maintain_lake", "--keep-days", "0")
            self._erase_unnamed(wanted)

    def _erase_unnamed(self, wanted: Wanted) -> None:
        # none of them waits for a commit: each job runs once at a time, so runs that began before the erasure was
        # recorded had ended when those above began, and later ones write no wanted line
        named = self._named()
        for key in [it for it in self._bucket.listed(LAKE, ".parquet") if it not in named]:
            if wanted_rows(self._bucket.stream(key), wanted):
                self._bucket.delete(key)


class Warehouse:
    """The warehouse's table."""

    name = "warehouse"

    def __init__(self, target: Target, job: Job) -> None:
        self._target, self._job = target, job

    def search(self, wanted: Wanted) -> Found:
        """The rows that the erasure is about."""
        search = Search(self.name)
        if "redshift-data" in self._target.endpoints or not self._target.is_laptop:
            for line_id, rows in self._rows(wanted):
                search.add("order_lines", line_id, rows)
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Let load_warehouse delete the lines, and publish the sales extracts without them."""
        if not self.search(wanted).is_nothing:
            _run(self._job, "load_warehouse")

    def _rows(self, wanted: Wanted) -> Iterator[tuple[str, int]]:
        database = warehouse.of(self._target)
        if not database.rows_of("order_lines"):
            return
        grouped = "SELECT LineId, COUNT(*) FROM order_lines WHERE {} GROUP BY LineId"
        found = dict(database.query(grouped.format(f"CustomerID = {wanted.customer}")).rows) if wanted.all_lines else {}
        ids = sorted(wanted.line_ids)
        for at in range(0, len(ids), IDS_A_QUERY):
            some = ", ".join(f"'{line_id}'" for line_id in ids[at : at + IDS_A_QUERY])
            found |= dict(database.query(grouped.format(f"LineId IN ({some})")).rows)
        yield from ((line_id, int(rows)) for line_id, rows in found.items())


def _run(job: Job, name: str, *arguments: str) -> None:
    if not job(name, list(arguments)):
        raise Refused(f"the job {name} failed, and with it the erasure: end what it says, and run `erase` again")
