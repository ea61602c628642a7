"""curate on a real Spark, Iceberg and S3: what is dropped is in the lake once, and invalid rows are quarantined."""

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from py4j.protocol import Py4JJavaError

from commerce import columns, wire
from commerce.batches.paths import manifest_key
from commerce.batches.records import BATCH_PROPERTY, Fold, Manifest, Plan, Restored
from commerce.erasures import Erasure, mark
from commerce.errors import UnreadableDocument
from commerce.files.documents import order_lines
from commerce.lines import FIRST_FIELDS, OrderLine
from commerce.paths import bulk_quarantine_key, raw_key
from commerce.quarantine import checked
from commerce.raw import Extent, RawLine, encode_line
from glue_jobs.curate import planning, tasks
from glue_jobs.curate.job import RESTORED_PROPERTY, Curate, said
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.objects import Lake as Bucket
from tests.commerce.test_lines import REFUSED
from tests.forms import Form, zipped
from tests.orders import REAL_DATA, a_line, cells, csv_document, needs_real_data
from tests.spark import Lake

pytestmark = pytest.mark.parts

TOPIC = "order-lines"
GOOD = csv_document(cells(), cells(), cells(InvoiceNo="C600002", Quantity="-6", CustomerID="", Description=""))


@pytest.fixture
def curate(spark: Any, lake: Lake) -> Curate:
    return Curate(spark, lake.bucket, TOPIC, lake.table)


def drop(lake: Lake, **files: bytes) -> None:
    for name, body in files.items():
        lake.s3.put_object(Bucket=lake.bucket, Key=f"incoming/{name}.csv", Body=body)


def archive(lake: Lake, *values: bytes | None, first: int = 0) -> str:
    """File these messages as raw_archive does."""
    lines = [RawLine(0, first + at, 1291190400000 + at, 1, b"600001", value) for at, value in enumerate(values)]
    body = gzip.compress(b"".join(map(encode_line, lines)))
    key = str(raw_key(TOPIC, 0, 1, first, 1291190400000))
    extent = Extent(first + len(lines), len(lines), "", 1291190400000, 1291190400000)
    lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=body, Metadata=extent.metadata(), IfNoneMatch="*")
    return key


def rows(lake: Lake) -> list[OrderLine]:
    """The rows of the lake's table, read without Spark, by LineId."""
    found = lake.catalog.load_table(lake.name).scan().to_arrow().to_pylist()
    lines = [columns.line(*row.values()) for row in found]
    return sorted(lines, key=lambda line: line.LineId)


def lines_of(*documents: bytes) -> list[OrderLine]:
    """The order lines that the client reads from these documents, each once, by LineId."""
    found = {
        entry.line.LineId: entry.line
        for document in documents
        for entry in order_lines("", io.BytesIO(document))
        if entry.line
    }
    return [found[line_id] for line_id in sorted(found)]


def snapshots(lake: Lake) -> list[dict[str, str]]:
    return [
        dict(snapshot.summary.additional_properties)
        for snapshot in lake.catalog.load_table(lake.name).metadata.snapshots
        if snapshot.summary
    ]


def quarantined(lake: Lake, prefix: str = "quarantine/") -> dict[str, bytes]:
    found = lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix=prefix).get("Contents", [])
    return {it["Key"]: lake.s3.get_object(Bucket=lake.bucket, Key=it["Key"])["Body"].read() for it in found}


def test_nothing_to_do_makes_the_table_and_commits_nothing(curate: Curate, lake: Lake) -> None:
    assert curate.run() == []
    assert (rows(lake), snapshots(lake)) == ([], [])


def test_what_is_dropped_is_in_the_lake_once_and_in_one_commit(curate: Curate, lake: Lake) -> None:
    drop(lake, a=GOOD, b=GOOD, c=gzip.compress(csv_document(cells(InvoiceDate="1/2/2011 8:26"))))
    (manifest,) = curate.run()
    assert rows(lake) == lines_of(GOOD, csv_document(cells(InvoiceDate="1/2/2011 8:26")))
    (summary,) = snapshots(lake)
    assert summary[BATCH_PROPERTY] == manifest.batch
    assert (manifest.lines_added, [file.lines for file in manifest.outcome.files]) == (4, [3, 3, 1])
    assert curate.run() == []
    assert len(snapshots(lake)) == 1


def test_a_table_of_another_version_gets_the_columns_that_it_lacks_and_keeps_its_others(
    curate: Curate, lake: Lake, spark: Any
) -> None:
    curate.run()
    spark.sql(f"ALTER TABLE {lake.table} DROP COLUMN CustomerID")
    spark.sql(f"ALTER TABLE {lake.table} ADD COLUMNS (Channel string)")
    drop(lake, a=GOOD)
    assert [manifest.lines_added for manifest in curate.run()] == [3]
    found = lake.catalog.load_table(lake.name).scan().to_arrow()
    assert found.column("Channel").null_count == 3
    lines = [columns.line(*row.values()) for row in found.select(columns.NAMES).to_pylist()]
    assert sorted(lines, key=lambda line: line.LineId) == lines_of(GOOD)


def test_a_line_that_the_lake_has_is_not_added_again_whichever_way_it_comes(curate: Curate, lake: Lake) -> None:
    drop(lake, a=GOOD)
    curate.run()
    new = a_line(StockCode="NEW")
    archive(lake, *map(wire.encode, [*lines_of(GOOD), new]))
    drop(lake, again=GOOD)
    (manifest,) = curate.run()
    assert rows(lake) == sorted([*lines_of(GOOD), new], key=lambda line: line.LineId)
    assert (manifest.lines_added, len(manifest.outcome.staged_stream)) == (1, 1)
    assert curate.run() == []


def test_a_message_that_is_no_line_is_set_aside_as_the_stream_does_it(curate: Curate, lake: Lake) -> None:
    archive(lake, b"{}", wire.encode(a_line()), None, b"\xff")
    (manifest,) = curate.run()
    (taken,) = manifest.outcome.objects
    assert (taken.rows, taken.lines, taken.refused) == (4, 1, 3)
    expected = [
        checked(TOPIC, 0, at, 1291190400000 + at, b"600001", value)
        for at, value in ((0, b"{}"), (2, None), (3, b"\xff"))
    ]
    assert quarantined(lake) == {it.key: it.body for it in expected if not isinstance(it, OrderLine)}
    assert rows(lake) == [a_line()]


REFUSED_CELLS = [
    cells(**{field: value})
    for field, value in REFUSED
    if isinstance(value, str) and value.isprintable() | value.isascii()  # what can stand in a file of text
]
"""Every refused form of a field that a CSV can hold: a row each."""


def test_every_refused_form_is_set_aside_with_file_line_payload_and_reasons(curate: Curate, lake: Lake) -> None:
    # a date that can only be day first refuses its whole document: see HARD
    refused = [row for row in REFUSED_CELLS if refusal("", csv_document(row)) is None]
    refused += [cells(InvoiceNo="c1", Quantity="6.5"), ["short"], [*cells(), "long"]]
    assert len(refused) > 60
    document = csv_document(cells(), *[row for bad in refused for row in (bad, cells())])
    drop(lake, mixed=document)
    (manifest,) = curate.run()
    (taken,) = manifest.outcome.files
    assert (taken.rows, taken.lines, taken.refused) == (2 * len(refused) + 1, len(refused) + 1, len(refused))
    entries = [entry for entry in order_lines("", io.BytesIO(document)) if entry.line is None]
    ((key, body),) = quarantined(lake).items()
    assert key == bulk_quarantine_key(taken.key, taken.etag)
    assert [json.loads(line) for line in body.splitlines()] == [
        {
            "File": "incoming/mixed.csv",
            "Line": entry.line_number,
            "Cells": entry.cells,
            "Reasons": [msgspec.to_builtins(error) for error in entry.errors],
        }
        for entry in entries
    ]
    assert rows(lake) == lines_of(document)


def test_the_log_names_the_first_refused_rows_by_their_ids_and_holds_no_value_of_them(
    curate: Curate, lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = cells(InvoiceNo="600005", Country="", Description="Secret", CustomerID="Mrs Secret")
    # the lines of a file that ends in the middle are passed on before that shows: its neighbours are read again
    drop(lake, mixed=csv_document(cells(), *[secret] * 30), unclosed=HARD["unclosed_quote"])
    archive(lake, b'{"InvoiceNo":"600006","Secret":1}')
    plan = curate.plan(Fold())
    assert plan is not None
    for task in planning.tasks(plan):
        tasks.read(task, lake.bucket, TOPIC)
    text = capsys.readouterr().out
    of_file, of_topic = ([r for r in map(json.loads, text.splitlines()) if n in r] for n in ("refused_row", "put"))
    assert [(it["file"], it["refused_row"], it["invoice"]) for it in of_file] == [
        ("incoming/mixed.csv", number, "600005") for number in range(3, 23)
    ]
    assert [(it["invoice"], it["put"]) for it in of_topic] == [("600006", True)]
    assert "Secret" not in text


HARD = {
    "wrong_header": b"a,b,c\n1,2,3\n",
    "day_first": csv_document(cells(InvoiceDate="01/12/2010 8:26"), cells(InvoiceDate="13/12/2010 8:26")),
    "empty": b"",
    "truncated": gzip.compress(GOOD)[:-12],
    "truncated_to_a_few_bytes": gzip.compress(GOOD)[:7],
    "carets": GOOD.replace(b",", b"^"),
    "column_twice": b"Country," + GOOD,
    "unclosed_quote": csv_document(cells(InvoiceNo="600077")) + b'"',  # its line is in no other file
    "no_csv": bytes(range(256)) * 100,
    "workbook": zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
    "utf_16": GOOD.decode().encode("utf-16"),
}
FINE = {
    "bars": GOOD.replace(b",", b"|"),
    "tabs": GOOD.replace(b",", b"\t"),
    "semicolons": GOOD.replace(b",", b";"),
    "zip": zipped({"a.csv": GOOD, "b/b.tsv": GOOD.replace(b",", b"\t"), "read.me": b""}),
    "other_order": Form(order=("index", *reversed(FIRST_FIELDS), "note")).written([cells(), cells(StockCode="B")]),
    "latin_1": csv_document(cells(Description="POUND", Country="Réunion")).decode().encode("latin-1"),
    "latin_1_beside_utf_8": csv_document(cells(Country="Réunion"))
    + csv_document(cells(Country="Österreich")).splitlines()[1].decode().encode("latin-1"),
    "marked": b"\xef\xbb\xbf" + GOOD,
    "more_columns": csv_document([*cells(), "x"], header=[*FIRST_FIELDS, "Note"]),
    "backwards": csv_document(cells()[::-1], header=FIRST_FIELDS[::-1]),
    "crlf": GOOD.replace(b"\n", b"\r\n"),
    "header_alone": ",".join(FIRST_FIELDS).encode(),
}


def test_files_that_cannot_be_read_are_set_aside_whole_and_stop_no_other(curate: Curate, lake: Lake) -> None:
    one_line = GOOD + b"x" * 100_000_000
    hard = {**HARD, "one_line": one_line, "one_line_zip": zipped({"a.csv": one_line})}
    drop(lake, **hard, **FINE)
    (manifest,) = curate.run()
    reasons = {taken.key: taken.quarantined for taken in manifest.outcome.files}
    assert reasons == {
        f"incoming/{name}.csv": refusal(f"incoming/{name}.csv", body) for name, body in sorted((hard | FINE).items())
    }
    assert {key for key, reason in reasons.items() if reason} == {f"incoming/{name}.csv" for name in hard}
    assert rows(lake) == lines_of(*FINE.values())
    # the log says where the reason is: it may quote the file
    refused = {it.key: bulk_quarantine_key(it.key, it.etag) for it in manifest.outcome.files if it.quarantined}
    assert said(manifest)["set_aside"] == refused
    for taken in manifest.outcome.files:
        if taken.quarantined:
            stored = json.loads(quarantined(lake)[bulk_quarantine_key(taken.key, taken.etag)])
            reason = stored["Reasons"][0]["rule"]
            assert (stored["File"], stored["Line"], reason) == (taken.key, None, taken.quarantined)
    assert curate.run() == []


def refusal(name: str, body: bytes) -> str | None:
    """Why the client cannot read this document; None where it can."""
    try:
        for _ in order_lines(name, io.BytesIO(body)):
            pass
    except UnreadableDocument as error:
        return str(error)
    return None


def test_a_file_replaced_before_it_is_read_is_taken_by_the_next_run(curate: Curate, lake: Lake) -> None:
    drop(lake, a=GOOD, b=GOOD, gone=GOOD)
    plan = curate.plan(Fold())
    assert plan is not None
    other = csv_document(cells(InvoiceNo="700000"))
    drop(lake, a=other)
    lake.s3.delete_object(Bucket=lake.bucket, Key="incoming/gone.csv")
    first, second = curate.run()
    assert [taken.key for taken in first.outcome.files] == ["incoming/b.csv"]
    assert [taken.key for taken in second.outcome.files] == ["incoming/a.csv"]
    assert rows(lake) == lines_of(GOOD, other)


def test_lines_that_the_lake_has_lost_are_put_back_from_where_they_were_staged(
    curate: Curate, lake: Lake, spark: Any
) -> None:
    drop(lake, a=GOOD)
    curate.run()
    first = snapshots(lake)
    archive(lake, wire.encode(a_line(InvoiceNo="700000")), wire.encode(a_line(InvoiceNo="700001")))
    curate.run()
    whole, batches = rows(lake), Batches(lake.s3, lake.bucket)
    manifests = list(batches.manifests())
    table = lake.catalog.load_table(lake.name)
    _, name = lake.table.split(".", 1)
    spark.sql(f"CALL lake.system.rollback_to_snapshot('{name}', {table.metadata.snapshots[0].snapshot_id})")
    assert (len(first), len(rows(lake))) == (1, len(whole) - 2)
    assert curate.run() == []  # nothing is new
    assert len(rows(lake)) == len(whole) - 2
    # as if the run had been killed after its snapshot: the manifest comes back with the lines, in one run
    lake.s3.delete_object(Bucket=lake.bucket, Key=manifest_key(manifests[-1].batch))
    assert curate.run(again=True) == manifests[-1:]
    assert rows(lake) == whole
    spark.sql(f"DROP TABLE {lake.table}")
    curate.run(again=True)
    assert rows(lake) == whole
    assert list(batches.manifests()) == manifests
    assert list(batches.restored()) == [Restored(manifests[-1].batch, len(whole))]
    # both batches in one commit, and none where nothing is lacking
    assert [it.get(RESTORED_PROPERTY) for it in snapshots(lake)] == [manifests[-1].batch]
    assert curate.restore(manifests) == 0
    assert len(snapshots(lake)) == 1


class Killed(BaseException):
    """Stands in for kill -9."""


class DyingBatches(Batches):
    """Dies just before or just after one of its writes."""

    dies: str = ""

    def put_plan(self, plan: Plan) -> None:
        self._around("plan", lambda: Batches.put_plan(self, plan))

    def put_outcome(self, batch: str, outcome: Any) -> None:
        self._around("outcome", lambda: Batches.put_outcome(self, batch, outcome))

    def put_manifest(self, manifest: Manifest) -> None:
        self._around("manifest", lambda: Batches.put_manifest(self, manifest))

    def _around(self, step: str, write: Any) -> None:
        if self.dies == f"before the {step}":
            raise Killed
        write()
        if self.dies == f"after the {step}":
            raise Killed


STEPS = [f"{when} the {what}" for what in ("plan", "outcome", "manifest") for when in ("before", "after")]


@pytest.mark.parametrize("step", STEPS)
def test_a_run_killed_at_any_step_is_finished_by_the_next_one(spark: Any, lake: Lake, step: str) -> None:
    first = csv_document(cells(InvoiceNo="500000"))
    drop(lake, first=first)
    dying = Curate(spark, lake.bucket, TOPIC, lake.table)
    dying.run()
    drop(lake, a=GOOD, bad=b"", mixed=csv_document(cells(), cells(Quantity="x")))
    archive(lake, wire.encode(a_line(StockCode="STREAM")), b"{}")
    batches = DyingBatches(lake.s3, lake.bucket)
    DyingBatches.dies = step
    dying._batches = batches
    with pytest.raises(Killed):
        dying.run()
    drop(lake, later=csv_document(cells(InvoiceNo="800000")))
    Curate(spark, lake.bucket, TOPIC, lake.table).run()
    later = csv_document(cells(InvoiceNo="800000"))
    expected = {line.LineId: line for line in [*lines_of(first, GOOD, later), a_line(StockCode="STREAM")]}
    assert rows(lake) == [expected[line_id] for line_id in sorted(expected)]
    committed = [summary[BATCH_PROPERTY] for summary in snapshots(lake)]
    assert len(committed) == len(set(committed))
    assert Batches(lake.s3, lake.bucket).unfinished() == []
    taken = [
        it.identity
        for manifest in Batches(lake.s3, lake.bucket).manifests()
        for it in (*manifest.outcome.files, *manifest.outcome.objects)
    ]
    assert len(taken) == len(set(taken)) == 6
    assert len(quarantined(lake)) == 3


def test_a_run_that_dies_while_it_reads_is_finished_once_its_cause_is_gone(curate: Curate, lake: Lake) -> None:
    drop(lake, **{f"file{number}": csv_document(cells(InvoiceNo=f"60{number}")) for number in range(4)})
    broken = archive(lake, wire.encode(a_line()))
    lake.s3.put_object(Bucket=lake.bucket, Key=broken, Body=b"no gzip")
    with pytest.raises(Py4JJavaError, match="Not a gzipped file"):
        curate.run()
    assert rows(lake) == []
    lake.s3.delete_object(Bucket=lake.bucket, Key=broken)
    (manifest,) = curate.run()
    assert rows(lake) == lines_of(*(csv_document(cells(InvoiceNo=f"60{number}")) for number in range(4)))
    assert manifest.outcome.objects == ()


@needs_real_data
def test_real_days_are_in_the_lake_line_for_line(curate: Curate, lake: Lake) -> None:
    days = sorted((REAL_DATA / "online-retail").glob("*.csv"))[:4]
    drop(lake, **{day.stem: day.read_bytes() for day in days})
    (manifest,) = curate.run()
    expected = lines_of(*(day.read_bytes() for day in days))
    assert rows(lake) == expected
    assert manifest.lines_added == len(expected)


def record_erasure(lake: Lake, *lines: OrderLine) -> Erasure:
    made = Erasure("20101203T000000Z-0000", datetime(2010, 12, 3, tzinfo=UTC), tuple(it.LineId for it in lines))
    erasures.put(Bucket(lake.s3, lake.bucket), made)
    return made


def test_recorded_lines_leave_the_lake_as_a_batch_that_takes_lines_away_and_do_not_come_again(
    curate: Curate, lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(lake, a=GOOD)
    curate.run()
    gone, *left = lines_of(GOOD)
    record_erasure(lake, gone)
    drop(lake, b=GOOD)
    archive(lake, wire.encode(gone), mark(gone.LineId), wire.encode(left[0]))
    capsys.readouterr()
    (manifest,) = curate.run()
    assert rows(lake) == left
    assert [(it.rows, it.lines, it.refused) for it in (*manifest.outcome.files, *manifest.outcome.objects)] == [
        (3, 2, 0),
        (3, 1, 0),
    ]
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"erasure": "20101203T000000Z-0000", "lines_erased": 1} in records
    *_, newest = Batches(lake.s3, lake.bucket).manifests()
    assert (newest.lines_added, newest.lines_total, newest.outcome.files) == (-1, 2, ())
    assert (curate.run(), curate.run(again=True), rows(lake)) == ([], [], left)
    assert len(Batches(lake.s3, lake.bucket).ids()) == 3


@pytest.mark.scale
def test_a_run_that_was_killed_after_it_deleted_still_says_how_many_lines_went(
    curate: Curate, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(lake, a=GOOD)
    curate.run()
    gone, *left = lines_of(GOOD)
    record_erasure(lake, gone)
    with monkeypatch.context() as killed:
        killed.setattr(Batches, "put_manifest", _die)
        with pytest.raises(KeyboardInterrupt):
            curate.run()
    assert rows(lake) == left
    curate.run()
    *_, newest = Batches(lake.s3, lake.bucket).manifests()
    assert (newest.lines_added, newest.lines_total) == (-1, 2)


def _die(*_: object) -> None:
    raise KeyboardInterrupt
