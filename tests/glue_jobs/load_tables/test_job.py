"""The job on Spark, DynamoDB Local and S3Proxy, after a batch as curate leaves it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest

from commerce import keys
from commerce.batches.paths import MANIFESTS, loaded_key, loaded_prefix, staged_key
from commerce.batches.records import Manifest, Outcome, Sum, Taken
from commerce.erasures import Erasure
from commerce.errors import RowsLost, StagedFileLost
from commerce.lines import OrderLine
from glue_jobs.load_tables import job
from glue_jobs.staging import LineFile, sum_of
from stores.dynamodb import client as driver
from stores.dynamodb.tables import Tables
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.objects import Lake as Bucket
from tests.glue_jobs.conftest import Gates
from tests.orders import some_lines
from tests.spark import Lake
from tests.staged import HARMS
from tests.stores.servers import make_table

pytestmark = pytest.mark.parts

DAY = datetime(2010, 12, 1, 8, 26)


class Tabled:
    """Two empty tables, beside a lake bucket whose batches are loaded."""

    def __init__(self, endpoint: str, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)  # the driver's
        driver.dynamodb.cache_clear()
        self.lake = lake
        self.client: Any = boto3.client("dynamodb", endpoint_url=endpoint)
        self.tables = Tables(self.client, f"{lake.bucket}-invoices", f"{lake.bucket}-customers")
        make_table(self.client, keys.INVOICES, self.tables.invoices)
        make_table(self.client, keys.CUSTOMERS, self.tables.customers)
        self.batches = Batches(lake.s3, lake.bucket)
        self.sums: dict[str, Sum] = {}

    def curate(self, batch: str, files: Sequence[Sequence[OrderLine]], stream: Sequence[OrderLine], to: Path) -> None:
        """A batch as curate leaves it: an object of staged lines a file, one of the stream's, and a manifest."""
        staged = {
            "incoming": [self._stage(staged_key(batch, "incoming", n), rows, to) for n, rows in enumerate(files)],
            "stream": [self._stage(staged_key(batch, "stream", 0), stream, to)] if stream else [],
        }
        taken = tuple(Taken(f"incoming/{n}.csv", "e", len(rows), len(rows), 0) for n, rows in enumerate(files))
        sums = {key: self.sums[key] for keys_ in staged.values() for key in keys_}
        outcome = Outcome(taken, (), tuple(staged["incoming"]), tuple(staged["stream"]), (), sums)
        self.batches.put_manifest(Manifest(batch, 1, 1, outcome))

    def _stage(self, key: str, lines: Sequence[OrderLine], folder: Path) -> str:
        with LineFile(folder / "lines.parquet") as file:
            for line in lines:
                file.add(line)
        self.lake.s3.upload_file(str(file.path), self.lake.bucket, key)
        self.sums[key] = sum_of(file.path, file.lines)
        return key

    def load(self, *options: str, rate: float = 10_000) -> int:
        arguments = ["--lake-bucket", self.lake.bucket, "--JOB_NAME", "load-tables"]
        arguments += ["--invoices-table", self.tables.invoices, "--customers-table", self.tables.customers]
        return job.main([*arguments, "--items-per-second", str(rate), *options])

    def forget(self, line: OrderLine) -> None:
        """Delete a line as somebody by hand would."""
        key = {"InvoiceNo": {"N": str(keys.invoice_number(line.InvoiceNo))}, "LineKey": {"S": keys.line_key(line)}}
        self.client.delete_item(TableName=self.tables.invoices, Key=key)

    def items(self) -> list[str]:
        """All items of both tables, byte for byte."""
        found = []
        for name in (self.tables.invoices, self.tables.customers):
            pages = self.client.get_paginator("scan").paginate(TableName=name)
            found += [json.dumps(item, sort_keys=True) for page in pages for item in page["Items"]]
        return sorted(found)

    def expected(self, lines: Sequence[OrderLine]) -> list[str]:
        """The items that the stream's consumer makes of these lines."""
        own = Tables(self.client, f"{self.lake.bucket}-i{len(lines)}", f"{self.lake.bucket}-c{len(lines)}")
        make_table(self.client, keys.INVOICES, own.invoices)
        make_table(self.client, keys.CUSTOMERS, own.customers)
        own.add(lines)
        mine, self.tables = self.tables, own
        try:
            return self.items()
        finally:
            self.tables = mine


@pytest.fixture
def tabled(dynamodb: str, lake: Lake, monkeypatch: pytest.MonkeyPatch, spark: Any) -> Tabled:
    # the workers' environment: they started from the session's, which knows S3 alone
    monkeypatch.setitem(spark.sparkContext.environment, "AWS_ENDPOINT_URL_DYNAMODB", dynamodb)
    return Tabled(dynamodb, lake, monkeypatch)


def test_what_came_by_files_is_loaded_as_the_stream_would_have_done_it(tabled: Tabled, tmp_path: Path) -> None:
    lines = some_lines(400)
    random = Random(1)
    # the same lines in two files, one of them shuffled, and an invoice torn apart by two batches
    tabled.curate("20101201T000000Z-0001", [lines[:250], random.sample(lines[:250], 200)], lines[390:], tmp_path)
    tabled.curate("20101202T000000Z-0001", [lines[245:390]], [], tmp_path)
    assert tabled.load() == 0
    assert tabled.items() == tabled.expected(lines[:390])
    assert tabled.batches.loaded("tables") == {"20101201T000000Z-0001", "20101202T000000Z-0001"}


def test_a_run_lists_the_manifests_and_its_ledger_once_each(gates: Gates, tabled: Tabled, tmp_path: Path) -> None:
    tabled.curate("20101201T000000Z-0001", [some_lines(9)], [], tmp_path)
    tabled.load()
    lists = [it for it in gates.objects.seen if "list-type=2" in it]
    for prefix in (MANIFESTS, loaded_prefix("tables")):
        assert len([it for it in lists if f"prefix={prefix}" in it]) == 1, lists


def test_a_batch_is_loaded_once_and_again_where_its_entry_is_gone(tabled: Tabled, tmp_path: Path) -> None:
    lines = some_lines(60)
    tabled.curate("20101201T000000Z-0001", [lines], [], tmp_path)
    tabled.load()
    once = tabled.items()
    key = loaded_key("tables", "20101201T000000Z-0001")
    record = json.loads(tabled.lake.s3.get_object(Bucket=tabled.lake.bucket, Key=key)["Body"].read())
    assert (record["lines"], record["invoices"]) == (60, len({line.InvoiceNo for line in lines}))
    entry = tabled.lake.s3.head_object(Bucket=tabled.lake.bucket, Key=key)
    tabled.load()
    assert tabled.lake.s3.head_object(Bucket=tabled.lake.bucket, Key=key)["LastModified"] == entry["LastModified"]
    tabled.lake.s3.delete_object(Bucket=tabled.lake.bucket, Key=key)
    tabled.load()
    assert tabled.items() == once
    assert tabled.batches.loaded("tables") == {"20101201T000000Z-0001"}


def test_tables_that_lost_lines_or_summaries_fail_the_run_and_again_makes_them_whole(
    tabled: Tabled, tmp_path: Path
) -> None:
    lines = some_lines(60)
    first, second = "20101201T000000Z-0001", "20101202T000000Z-0001"
    tabled.curate(first, [lines[:40]], [], tmp_path)
    tabled.curate(second, [lines[40:]], [], tmp_path)
    tabled.load()
    whole = tabled.items()
    for line in lines[38:41]:
        tabled.forget(line)
    with pytest.raises(RowsLost) as failed:
        tabled.load()
    assert str(failed.value) == (
        "the tables have lost rows: by the ledger 60 lines of 2 batches are loaded; of 60 that were looked up 57 are "
        f"there: batch {first} lacks 2 of 40 lines, batch {second} lacks 1 of 20 lines. Loading every "
        "batch again restores them: `tillstream job load_tables --again` (on AWS see docs/deploy.md); see "
        "docs/runbook/tables-emptied.md; with `--all` beside it also the lines that came by the stream"
    )
    assert tabled.load("--again", "true") == 0
    assert tabled.items() == whole

    tabled.client.delete_table(TableName=tabled.tables.customers)
    make_table(tabled.client, keys.CUSTOMERS, tabled.tables.customers)
    with pytest.raises(RowsLost, match=f"60 are there: batch {first} lacks 21 of 21 summaries, batch {second} lacks"):
        tabled.load()
    tabled.load("--again")
    assert tabled.items() == whole
    assert tabled.load() == 0


def test_lines_of_the_stream_are_loaded_with_all_alone(tabled: Tabled, tmp_path: Path) -> None:
    lines = some_lines(60)
    tabled.curate("20101201T000000Z-0001", [lines[:30]], lines[25:], tmp_path)
    tabled.load()
    assert tabled.items() == tabled.expected(lines[:30])
    tabled.load("--all")
    assert tabled.items() == tabled.expected(lines)
    assert tabled.batches.loaded("tables-all") == tabled.batches.loaded("tables") == {"20101201T000000Z-0001"}


def test_a_load_that_fails_is_not_in_the_ledger_and_is_finished_by_the_next(tabled: Tabled, tmp_path: Path) -> None:
    lines = some_lines(60)
    tabled.curate("20101201T000000Z-0001", [lines], [], tmp_path)
    customers = tabled.tables.customers
    tabled.client.delete_table(TableName=customers)  # lines can be put, summaries cannot
    with pytest.raises(Exception, match="ResourceNotFoundException"):
        tabled.load()
    assert tabled.batches.loaded("tables") == set()
    make_table(tabled.client, keys.CUSTOMERS, customers)
    tabled.load()
    assert tabled.items() == tabled.expected(lines)


def test_a_batch_without_lines_is_loaded_at_once(tabled: Tabled, tmp_path: Path) -> None:
    tabled.curate("20101201T000000Z-0001", [], [], tmp_path)
    assert tabled.load() == 0
    assert tabled.batches.loaded("tables") == {"20101201T000000Z-0001"}
    assert tabled.items() == []


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "many"])
def test_a_rate_that_is_none_is_wrong_use(rate: str) -> None:
    names = ["--lake-bucket", "b", "--invoices-table", "i", "--customers-table", "c"]
    with pytest.raises(SystemExit) as stopped:
        job.main([*names, "--items-per-second", rate])
    assert stopped.value.code == 2


@pytest.mark.scale
def test_recorded_lines_are_not_loaded_and_not_missed(tabled: Tabled, tmp_path: Path) -> None:
    lines = some_lines(60)
    tabled.curate("20101201T000000Z-0001", [lines[:40]], [], tmp_path)
    tabled.load()
    gone = [it for it in lines[:40] if it.InvoiceNo == lines[0].InvoiceNo]
    tabled.tables.remove(gone)
    record = Erasure("20101203T000000Z-0000", datetime(2010, 12, 3, tzinfo=UTC), tuple(it.LineId for it in gone))
    erasures.put(Bucket(tabled.lake.s3, tabled.lake.bucket), record)
    tabled.curate("20101202T000000Z-0001", [lines], [], tmp_path)
    assert tabled.load() == 0
    assert tabled.load("--again") == 0
    assert tabled.items() == tabled.expected([it for it in lines if it not in gone])


@pytest.mark.parametrize("harm", HARMS)
def test_a_staged_file_that_is_not_what_curate_wrote_fails_the_load_by_its_name_and_with_what_to_do(
    tabled: Tabled, tmp_path: Path, harm: str
) -> None:
    batch = "20101201T000000Z-0001"
    tabled.curate(batch, [some_lines(60)], [], tmp_path)
    key = staged_key(batch, "incoming", 0)
    do, words = HARMS[harm]
    do(tabled.lake.s3, tabled.lake.bucket, key)
    for options in ((), ("--export", "e")):
        with pytest.raises(StagedFileLost, match=f"{key} {words}.* `tillstream job curate --again`"):
            tabled.load(*options)
    assert tabled.batches.loaded("tables") == set()
    assert tabled.items() == []
