"""The job on Spark, S3Proxy and the laptop's Redshift, after a batch as curate leaves it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from commerce.batches.paths import MANIFESTS, copy_manifest_key, loaded_prefix, staged_key, warehouse_key
from commerce.batches.records import Manifest
from commerce.erasures import Erasure
from commerce.errors import RowsLost, StagedFileLost, StatementFailed
from commerce.extracts import EXTRACTS
from glue_jobs.load_warehouse import job
from stores.s3 import erasures
from stores.s3.objects import Lake as Bucket
from tests.glue_jobs.conftest import Gates
from tests.glue_jobs.load_warehouse.curated import Curated
from tests.orders import some_lines
from tests.redshift import Redshift
from tests.spark import Lake
from tests.staged import HARMS
from tests.warehouse.handover import by_id

pytestmark = pytest.mark.parts

FIRST, SECOND, THIRD = "20101201T000000Z-0001", "20101202T000000Z-0001", "20101203T000000Z-0001"
LINES = some_lines(400)


@pytest.fixture
def curated(spark: Any, lake: Lake, redshift: Redshift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Curated:
    monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", redshift.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", redshift.region)
    return Curated(spark, lake, redshift, tmp_path)


def test_every_accepted_line_of_every_batch_is_loaded_once(
    curated: Curated, capsys: pytest.CaptureFixture[str]
) -> None:
    # the same lines in two files, one of them shuffled, some by the stream too, and some in both batches
    curated.curate(FIRST, [LINES[:250], Random(1).sample(LINES[:250], 200)], stream=LINES[240:300])
    curated.curate(SECOND, [LINES[290:]])
    curated.curate(THIRD, [])
    assert curated.main() == 0
    assert curated.lines() == by_id(LINES)
    assert curated.ledger() == [(FIRST, 300, 300, 300), (SECOND, 110, 110, 100), (THIRD, 0, 0, 0)]
    # where rows and ledger of the warehouse are lost together, the bucket still says what was loaded
    assert curated.batches.loaded("warehouse") == {FIRST, SECOND, THIRD}
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [schema] = [it for it in records if "schema" in it]
    [published] = [it for it in records if "extracts" in it]
    assert [(it["batch"], it["lines"], it["lines_added"]) for it in records if "batch" in it] == [
        (FIRST, 300, 300),
        (SECOND, 110, 100),
        (THIRD, 0, 0),
    ]
    assert schema["schema"][0] == "0001_order_lines"
    assert published["extracts"].keys() == set(EXTRACTS)
    assert curated.main() == 0
    [measured] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (measured["RunsSucceeded"], measured["LinesLoaded"]) == (1, 0)


def test_a_run_lists_the_manifests_and_its_ledger_once_each(gates: Gates, curated: Curated) -> None:
    curated.curate(FIRST, [LINES[:9]])
    curated.main()
    lists = [it for it in gates.objects.seen if "list-type=2" in it]
    for prefix in (MANIFESTS, loaded_prefix(job.LEDGER)):
        assert len([it for it in lists if f"prefix={prefix}" in it]) == 1, lists


def test_a_batch_is_loaded_again_where_its_entry_is_gone_and_changes_nothing(curated: Curated) -> None:
    curated.curate(FIRST, [LINES[:300]])
    curated.curate(SECOND, [LINES[290:]])
    curated.job().run()
    once = curated.ledger()
    curated.warehouse.query("DELETE FROM loaded_batches")
    assert [it["batch"] for it in curated.job().run()] == [FIRST, SECOND]
    # its rows are accounted for again, so that a later loss is seen
    assert (curated.lines(), curated.ledger()) == (by_id(LINES), once)


def test_a_warehouse_that_lost_rows_fails_the_run_by_number_and_batch_and_again_makes_it_whole(
    curated: Curated,
) -> None:
    curated.curate(FIRST, [LINES[:300]])
    curated.curate(SECOND, [LINES[290:]])
    curated.job().run()
    once = curated.ledger()
    gone = by_id(LINES[295:302])
    curated.warehouse.query(f"DELETE FROM order_lines WHERE LineId IN ({', '.join(repr(it.LineId) for it in gone)})")
    with pytest.raises(RowsLost) as failed:
        curated.main()
    assert str(failed.value) == (
        "order_lines has lost rows: by its ledger loaded_batches it holds 400, and 393 are there, 7 fewer: "
        f"batch {SECOND} lacks 7 of 110 lines, batch {FIRST} lacks 5 of 300 lines. Loading every "
        "batch again restores them: `tillstream job load_warehouse --again` (on AWS see docs/deploy.md); see "
        "docs/runbook/warehouse-emptied.md"
    )
    assert curated.main("--again", "true") == 0
    assert (curated.lines(), curated.ledger()) == (by_id(LINES), once)
    assert curated.main() == 0


def test_a_new_batch_is_loaded_into_an_emptied_warehouse_and_does_not_hide_the_loss(curated: Curated) -> None:
    curated.curate(FIRST, [LINES[:300]])
    curated.job().run()
    curated.warehouse.query("DELETE FROM order_lines")
    with pytest.raises(RowsLost, match="it holds 300, and 0 are there, 300 fewer: all of them"):
        curated.job().run()
    curated.curate(SECOND, [LINES[290:]])
    with pytest.raises(RowsLost, match=f"110 are there, 300 fewer: batch {FIRST} lacks 290 of 300 lines"):
        curated.job().run()
    curated.job().run(again=True)
    assert (curated.lines(), curated.job().run()) == (by_id(LINES), [])
    assert sum(added for *_, added in curated.ledger()) == 400


def test_rows_and_ledger_lost_together_are_loaded_again_without_being_asked(curated: Curated) -> None:
    curated.curate(FIRST, [LINES])
    curated.job().run()
    curated.warehouse.query("DELETE FROM order_lines")
    curated.warehouse.query("DELETE FROM loaded_batches")
    curated.job().run()
    assert (curated.lines(), curated.ledger()) == (by_id(LINES), [(FIRST, 400, 400, 400)])


def test_parts_are_even_in_the_order_of_the_sort_key_and_the_same_whoever_writes_them(
    curated: Curated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "LINES_OF_A_PART", 100)
    outcome = curated.curate(FIRST, [LINES[:250], LINES[250:]]).outcome
    one = curated.job().hand_over(FIRST, outcome)
    written = curated.handed_over(FIRST)
    counts = [entry.meta.record_count for entry in one.entries]
    assert (len(counts), sum(counts)) == (4, 400)
    assert max(counts) <= 2 * min(counts)
    shuffled = [Random(2).sample(LINES[:250], 250), Random(3).sample(LINES[250:], 150)]
    other = curated.job().hand_over(FIRST, curated.curate(FIRST, shuffled).outcome)
    assert (other, curated.handed_over(FIRST)) == (one, written)


def test_what_copy_needs_of_a_file_holds(curated: Curated, tmp_path: Path) -> None:
    from pyarrow import parquet

    curated.job().hand_over(FIRST, curated.curate(FIRST, [LINES]).outcome)
    path = tmp_path / "part.parquet"
    path.write_bytes(curated.handed_over(FIRST)[warehouse_key(FIRST, 0)])
    columns = parquet.ParquetFile(path).metadata.schema
    described = {columns.column(at).name: columns.column(at) for at in range(len(columns))}
    assert list(described) == [
        "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate",
        "UnitPrice", "CustomerID", "Country", "Occurrence", "LineId",
    ]  # fmt: skip
    assert described["InvoiceDate"].converted_type == "TIMESTAMP_MICROS"
    assert described["UnitPrice"].converted_type == "DECIMAL"
    dates = parquet.read_table(path).column("InvoiceDate").to_pylist()
    assert dates == sorted(dates)


def test_a_file_that_is_gone_or_torn_after_staging_is_staged_again(curated: Curated) -> None:
    manifest = curated.curate(FIRST, [LINES])
    curated.batches.put_copy_manifest(FIRST, curated.job().hand_over(FIRST, manifest.outcome))
    curated.lake.s3.put_object(Bucket=curated.lake.bucket, Key=warehouse_key(FIRST, 0), Body=b"torn")
    (record,) = curated.job().run()
    assert record["lines"] == 400
    assert curated.lines() == by_id(LINES)


def test_a_file_that_goes_while_it_is_loaded_changes_nothing_and_raises(
    curated: Curated, monkeypatch: pytest.MonkeyPatch
) -> None:
    curated.curate(FIRST, [LINES[:50]])
    curated.curate(SECOND, [LINES])
    dying = curated.job()
    transaction = dying.transaction

    def and_then_it_goes(manifest: Any) -> tuple[str, ...]:
        statements = transaction(manifest)
        if manifest.batch == SECOND:
            curated.lake.s3.delete_object(Bucket=curated.lake.bucket, Key=warehouse_key(SECOND, 0))
        return statements

    monkeypatch.setattr(dying, "transaction", and_then_it_goes)
    with pytest.raises(StatementFailed, match=f"load-{SECOND}.*00000.parquet"):
        dying.run()
    assert (curated.lines(), curated.ledger()) == (by_id(LINES[:50]), [(FIRST, 50, 50, 50)])
    curated.job().run()
    assert curated.lines() == by_id(LINES)


def test_a_manifest_that_says_another_count_changes_nothing_and_raises(curated: Curated) -> None:
    manifest = curated.curate(FIRST, [LINES])
    curated.batches.put_copy_manifest(FIRST, curated.job().hand_over(FIRST, manifest.outcome))
    key = {"Bucket": curated.lake.bucket, "Key": copy_manifest_key(FIRST)}
    ready = json.loads(curated.lake.s3.get_object(**key)["Body"].read())
    ready["entries"][0]["meta"]["record_count"] = 399
    curated.lake.s3.put_object(**key, Body=json.dumps(ready).encode())
    with pytest.raises(StatementFailed, match="must have 399 staged rows, counted 400"):
        curated.job().run()
    assert (curated.lines(), curated.ledger()) == ([], [])


@pytest.mark.parametrize("missing", ["--lake-bucket", "--workgroup", "--database"])
def test_an_argument_that_is_missing_is_wrong_use(missing: str) -> None:
    needed = {"--lake-bucket": "b", "--workgroup": "w", "--database": "d"}
    arguments = [text for pair in needed.items() if pair[0] != missing for text in pair]
    with pytest.raises(SystemExit) as stopped:
        job.main(arguments)
    assert stopped.value.code == 2


def test_recorded_lines_leave_the_warehouse_whose_ledger_accounts_for_it(curated: Curated) -> None:
    curated.curate(FIRST, [LINES[:300]])
    curated.job().run()
    gone = LINES[:20]
    record = Erasure("20101204T000000Z-0000", datetime(2010, 12, 4, tzinfo=UTC), tuple(it.LineId for it in gone))
    erasures.put(Bucket(curated.lake.s3, curated.lake.bucket), record)
    curated.curate(SECOND, [LINES[10:]])  # as curate left it before the record
    for again in (False, False, True):
        curated.job().run(again=again)
        assert curated.lines() == by_id(LINES[20:])
        assert sum(added for *_, added in curated.ledger()) == 380
    curated.warehouse.query(f"DELETE FROM order_lines WHERE LineId = '{LINES[50].LineId}'")
    with pytest.raises(RowsLost, match="it holds 380, and 379 are there"):
        curated.job().run()


@pytest.mark.parametrize("harm", HARMS)
def test_a_staged_file_that_is_not_what_curate_wrote_fails_the_load_by_its_name_and_with_what_to_do(
    curated: Curated, harm: str
) -> None:
    curated.curate(FIRST, [LINES[:50], LINES[50:90]])
    key = staged_key(FIRST, "incoming", 1)
    do, words = HARMS[harm]
    do(curated.lake.s3, curated.lake.bucket, key)
    with pytest.raises(StagedFileLost, match=f"{key} {words}.* `tillstream job curate --again`"):
        curated.main()
    assert (curated.lines(), curated.ledger()) == ([], [])


class Stopped(job.LoadWarehouse):
    """A run that stops before it loads its first batch."""

    def load(self, manifest: Manifest) -> dict[str, Any]:
        raise KeyboardInterrupt


def test_again_writes_the_files_for_copy_anew_even_if_another_run_finishes_it(curated: Curated) -> None:
    curated.curate(FIRST, [LINES[:50]])
    curated.curate(SECOND, [LINES[50:]])
    curated.main()
    whole = curated.handed_over(FIRST)
    [part] = [key for key in whole if key.endswith(".parquet")]
    HARMS["changed"][0](curated.lake.s3, curated.lake.bucket, part)
    assert curated.handed_over(FIRST) != whole
    with pytest.raises(KeyboardInterrupt):
        Stopped(curated.spark, curated.lake.bucket, curated.warehouse).run(again=True)
    curated.main()
    assert curated.handed_over(FIRST) == whole
    assert curated.lines() == by_id(LINES)
    assert [it[1:3] for it in curated.ledger()] == [(50, 50), (350, 350)]
