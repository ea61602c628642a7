"""The dropped files of an erasure: those that curate has taken are deleted, since the lake holds their other lines."""

from collections.abc import Iterator

from commerce.batches.records import Input
from commerce.errors import UnreadableDocument
from commerce.files.documents import order_lines
from operations.erasure.bucket import ErasableBucket
from operations.erasure.wanted import NO_LINE, Found, Search, Wanted
from operations.errors import Refused
from stores.s3.batches import Batches


class DroppedFiles:
    """The files under `incoming/`."""

    name = "dropped files"

    def __init__(self, bucket: ErasableBucket) -> None:
        self._bucket = bucket
        self._batches = Batches(bucket.lake.client, bucket.lake.bucket, bucket.lake.retries)

    def search(self, wanted: Wanted) -> Found:
        """The wanted lines of all files, and the refused rows that name the customer."""
        search = Search(self.name)
        for file, line_ids in self._holding(wanted):
            for line_id in line_ids:
                search.add(file.key, line_id)
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Delete each file that holds something wanted; raises `Refused` if curate has yet to take one."""
        taken = self._batches.taken()
        for file, _ in self._holding(wanted):
            if file.identity not in taken:
                raise Refused(f"curate has not taken {file.key} yet: `tillstream job curate`, and run `erase` again")
            self._bucket.delete(file.key)

    def _holding(self, wanted: Wanted) -> Iterator[tuple[Input, list[str]]]:
        for file in self._batches.incoming():
            if found := list(self._in_file(file.key, wanted)):
                yield file, found

    def _in_file(self, key: str, wanted: Wanted) -> Iterator[str]:
        body = self._bucket.stream(key)
        try:
            for entry in order_lines(key, body):
                if entry.line is None:
                    if wanted.in_cells(entry.cells):
                        yield NO_LINE
                elif wanted.takes(entry.line):
                    yield entry.line.LineId
        except UnreadableDocument:
            if wanted.in_text(body.getvalue()):
                yield NO_LINE
