"""The stores from which jobs erase: a job runs where a wanted line is found, and the lake is not read for more.

A file of the lake that no snapshot names is deleted by the erasure itself.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO

import pyarrow as pa
from pyarrow import parquet

from commerce.lines import OrderLine
from operations.erasure.bucket import ErasableBucket
from operations.erasure.by_jobs import Lake
from operations.erasure.wanted import Wanted
from tests.orders import a_line

LINE, OTHER = a_line(CustomerID=17_850), a_line(CustomerID=17_851)
RECORDED = Wanted(17_850, frozenset({LINE.LineId}), all_lines=False)


class LakeFiles(ErasableBucket):
    """A bucket of Parquet files with these lines, which notes the files that are read."""

    def __init__(self, *files: OrderLine, unnamed: Sequence[int] = ()) -> None:
        self.files = {f"lake/{number}.parquet": line for number, line in enumerate(files)}
        self.read: list[str] = []
        self.named = [key for number, key in enumerate(self.files) if number not in unnamed]

    def listed(self, prefix: str, suffix: str = "") -> Iterator[str]:
        return iter(self.files)

    def delete(self, key: str) -> None:
        del self.files[key]

    def stream(self, key: str) -> BytesIO:
        self.read.append(key)
        line, file = self.files[key], BytesIO()
        parquet.write_table(pa.table({"LineId": [line.LineId], "CustomerID": [line.CustomerID]}), file)
        return BytesIO(file.getvalue())


def jobs_of_erasing(bucket: LakeFiles) -> list[str]:
    """The jobs that run when the recorded line is erased from these files."""
    run: list[str] = []

    def job(name: str, arguments: list[str]) -> bool:
        run.append(" ".join([name, *arguments]))
        return True

    Lake(bucket, job, lambda: bucket.named).erase(RECORDED)
    return run


def test_the_lakes_files_are_read_up_to_the_first_that_holds_a_wanted_line() -> None:
    bucket = LakeFiles(OTHER, LINE, LINE, OTHER)
    assert jobs_of_erasing(bucket) == ["curate", "maintain_lake --keep-days 0"]
    assert bucket.read == ["lake/0.parquet", "lake/1.parquet"]


def test_a_file_with_a_wanted_line_that_no_snapshot_names_is_deleted() -> None:
    bucket = LakeFiles(LINE, OTHER, LINE, OTHER, unnamed=(2, 3))
    jobs_of_erasing(bucket)
    assert list(bucket.files) == ["lake/0.parquet", "lake/1.parquet", "lake/3.parquet"]


def test_no_job_runs_for_a_lake_without_a_wanted_line() -> None:
    bucket = LakeFiles(OTHER, OTHER)
    assert jobs_of_erasing(bucket) == []
    assert len(bucket.read) == 2
