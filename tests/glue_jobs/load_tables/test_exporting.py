"""The items that a run writes to the bucket are those that a load writes to the tables."""

import gzip
import json
from pathlib import Path
from random import Random

import pytest

from commerce.batches.paths import export_prefix
from commerce.batches.records import Export
from glue_jobs.load_tables.exporting import invoice_lines
from tests.glue_jobs.load_tables.test_job import Tabled, tabled
from tests.orders import some_lines

__all__ = ["tabled"]


def test_an_invoices_lines_come_together_and_each_once() -> None:
    lines = sorted(some_lines(40), key=lambda line: (line.InvoiceNo, line.LineId))
    doubled = [line for line in lines for _ in range(2)]
    found = list(invoice_lines(doubled))
    assert [line for of_one in found for line in of_one] == lines
    assert all(len({line.InvoiceNo for line in of_one}) == 1 for of_one in found)


@pytest.mark.parts
def test_an_export_holds_the_items_of_every_batch_of_files_and_stream_and_touches_no_table(
    tabled: Tabled, tmp_path: Path
) -> None:
    lines = some_lines(200)
    tabled.curate("20101201T000000Z-0001", [lines[:120], Random(1).sample(lines[:120], 90)], lines[110:150], tmp_path)
    tabled.curate("20101202T000000Z-0001", [lines[140:]], [], tmp_path)
    assert tabled.load("--export", "now") == 0
    assert (tabled.items(), tabled.batches.loaded("tables")) == ([], set())
    lake, found = tabled.lake, []
    for table in ("invoices", "customers"):
        for it in lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix=export_prefix("now", table))["Contents"]:
            body = lake.s3.get_object(Bucket=lake.bucket, Key=it["Key"])["Body"].read()
            found += [json.loads(text)["Item"] for text in gzip.decompress(body).splitlines()]
    assert sorted(json.dumps(item, sort_keys=True) for item in found) == tabled.expected(lines)
    done = tabled.batches.export("now")
    summaries = len(found) - len(lines)
    assert isinstance(done, Export)
    assert (done.batches, done.lines, done.summaries, len(done.sample)) == (
        ("20101201T000000Z-0001", "20101202T000000Z-0001"),
        len(lines),
        summaries,
        len(lines),
    )
    assert 0 < done.bytes < sum(len(json.dumps(item)) for item in found)
