"""The transaction of a load, on the laptop's Redshift: right, or unchanged and raised."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import msgspec
import pytest

from commerce.batches.paths import copy_manifest_key, warehouse_key
from commerce.errors import Conflict, StatementFailed
from stores.redshift.warehouse import BATCH_STATEMENTS
from tests.orders import some_lines
from tests.redshift import Redshift
from tests.warehouse.handover import BATCH, Handover, by_id
from warehouse import loading
from warehouse.loading import Load

LOAD = Load("b", "lake", "m", lines=3)
LINES = some_lines(60)


def test_ledger_and_table_are_locked_before_anything_is_read() -> None:
    for statements in (loading.statements(LOAD), loading.statements_of_nothing("b")):
        assert statements[0] == "LOCK loaded_batches, order_lines"
        assert statements[1].startswith("INSERT INTO loaded_batches ")


def test_nothing_in_the_transaction_commits_by_itself() -> None:
    words = " ".join(loading.statements(LOAD)).upper().split()
    assert not {"TRUNCATE", "VACUUM", "APPEND", "COMMIT"} & set(words)


def test_a_load_is_one_transaction_of_the_data_api() -> None:
    statements = loading.statements(LOAD)
    assert len(statements) <= BATCH_STATEMENTS
    assert max(map(len, statements)) < 100_000


def test_every_check_fails_by_what_it_counted_and_by_no_constant() -> None:
    checks = [sql for sql in loading.statements(LOAD) if sql.startswith("SELECT CASE")]
    assert len(checks) == 2
    for sql in checks:
        assert "' || CAST(counted AS VARCHAR(20)) AS INTEGER)" in sql


def test_text_cannot_leave_its_quotes() -> None:
    statements = loading.statements(Load("o'b", "lake", "k'", lines=1))
    assert all(sql.count("'") % 2 == 0 for sql in statements)
    assert "'s3://lake/k'''" in statements[3]


@pytest.fixture
def handover(redshift: Redshift, tmp_path: Path) -> Handover:
    return Handover(redshift, tmp_path)


@pytest.mark.parts
class TestOnTheLaptop:
    def test_every_field_of_every_line_comes_back_as_it_was(self, handover: Handover) -> None:
        handover.put(LINES[:40], LINES[40:])
        handover.run(handover.load(60))
        assert handover.lines() == by_id(LINES)
        assert handover.ledger() == [(BATCH, 60, 60, 60)]

    def test_the_same_batch_loaded_three_times_changes_nothing(self, handover: Handover) -> None:
        handover.put(LINES)
        load = handover.load(60)
        handover.run(load)
        entry = list(handover.warehouse.query("SELECT * FROM loaded_batches").rows)
        handover.run(load)
        handover.run(load)
        assert handover.lines() == by_id(LINES)
        assert list(handover.warehouse.query("SELECT * FROM loaded_batches").rows) == entry

    def test_a_column_of_a_later_version_keeps_its_values_and_is_null_in_new_lines(self, handover: Handover) -> None:
        handover.put(LINES[:40])
        handover.run(handover.load(40))
        handover.warehouse.query("ALTER TABLE order_lines ADD COLUMN Channel VARCHAR(80)")
        handover.warehouse.query("UPDATE order_lines SET Channel = 'web'")
        handover.put(LINES, batch="20101202T082600Z-00ff")
        handover.run(handover.load(60, "20101202T082600Z-00ff"))
        assert handover.lines() == by_id(LINES)
        counted = handover.warehouse.query("SELECT Channel, COUNT(*) FROM order_lines GROUP BY Channel ORDER BY 2")
        assert list(counted.rows) == [(None, 20), ("web", 40)]

    def test_a_line_of_another_batch_is_there_once_and_not_counted_as_added(self, handover: Handover) -> None:
        handover.put(LINES[:40])
        handover.run(handover.load(40))
        handover.put(LINES[30:], batch="other")
        handover.run(handover.load(30, batch="other"))
        assert handover.lines() == by_id(LINES)
        assert handover.ledger() == [(BATCH, 40, 40, 40), ("other", 30, 30, 20)]

    def test_loads_of_one_batch_and_of_others_at_once_leave_each_line_once(self, handover: Handover) -> None:
        handover.put(LINES[:40])
        handover.put(LINES[20:], batch="other")
        loads = [handover.load(40), handover.load(40), handover.load(40, batch="other")]
        together = Barrier(len(loads))

        def load(it: Load) -> None:
            together.wait(300)
            for _ in range(8):  # a conflict may be tried again, by another token
                try:
                    handover.run(it)
                except Conflict:
                    continue
                return
            raise AssertionError("eight conflicts")

        with ThreadPoolExecutor(len(loads)) as pool:
            for future in [pool.submit(load, it) for it in loads]:
                future.result(600)
        assert handover.lines() == by_id(LINES)
        assert [entry[:3] for entry in handover.ledger()] == [(BATCH, 40, 40), ("other", 40, 40)]
        assert sum(entry[3] for entry in handover.ledger()) == 60

    def test_a_batch_without_lines_is_entered_and_that_is_all(self, handover: Handover) -> None:
        for _ in range(2):
            handover.warehouse.batch(loading.statements_of_nothing(BATCH), uuid4().hex)
        assert (handover.lines(), handover.ledger()) == ([], [(BATCH, 0, 0, 0)])

    def test_a_line_that_the_files_hold_twice_changes_nothing_and_raises(self, handover: Handover) -> None:
        handover.put(LINES, LINES[:5])
        unchanged(handover, handover.load(65), "must have 0 lines not in the table exactly once, counted 5")

    def test_a_line_of_the_table_that_the_files_hold_twice_changes_nothing_and_raises(self, handover: Handover) -> None:
        handover.put(LINES)
        handover.run(handover.load(60))
        handover.put(LINES, LINES[:5], batch="other")
        unchanged(handover, handover.load(65, batch="other"), "Found multiple matches to update")

    def test_one_line_id_with_two_contents_changes_nothing_and_raises(self, handover: Handover) -> None:
        handover.put([*LINES, msgspec.structs.replace(LINES[7], Quantity=9_999)])
        unchanged(handover, handover.load(61), "must have 0 lines not in the table exactly once, counted 1")

    @pytest.mark.parametrize("lines", [59, 61])
    def test_a_count_that_differs_changes_nothing_and_raises(self, handover: Handover, lines: int) -> None:
        handover.put(LINES)
        unchanged(handover, handover.load(lines), f"must have {lines} staged rows, counted 60")

    def test_a_line_that_stands_twice_already_changes_nothing_and_raises(self, handover: Handover) -> None:
        handover.put(LINES)
        handover.run(handover.load(60))
        handover.warehouse.query("INSERT INTO order_lines SELECT * FROM order_lines WHERE StockCode = '7'")
        handover.put(LINES[:10], batch="other")
        unchanged(handover, handover.load(10, batch="other"), "must have 0 lines not in the table exactly once")

    def test_the_lines_of_a_batch_that_the_table_lacks_are_counted_once_each(self, handover: Handover) -> None:
        handover.put(LINES)
        load = handover.load(60)
        handover.run(load)
        lost = ", ".join(f"'{line.LineId}'" for line in LINES[3:8])
        handover.warehouse.query(f"DELETE FROM order_lines WHERE LineId IN ({lost})")
        *_, missing = handover.warehouse.batch(loading.lost(load), uuid4().hex)
        assert missing == 5

    def test_a_missing_file_changes_nothing_and_raises(self, handover: Handover) -> None:
        handover.put(LINES[:40], LINES[40:])
        handover.redshift.s3.delete_object(Bucket=handover.bucket, Key=warehouse_key(BATCH, 1))
        unchanged(handover, handover.load(60), "00001.parquet")

    def test_a_missing_manifest_changes_nothing_and_raises(self, handover: Handover) -> None:
        unchanged(handover, handover.load(60), "manifest.json")

    def test_a_wrong_content_length_changes_nothing_and_raises(self, handover: Handover) -> None:
        handover.put(LINES)
        key = {"Bucket": handover.bucket, "Key": copy_manifest_key(BATCH)}
        manifest = json.loads(handover.redshift.s3.get_object(**key)["Body"].read())
        manifest["entries"][0]["meta"]["content_length"] += 1
        handover.redshift.s3.put_object(**key, Body=json.dumps(manifest).encode())
        unchanged(handover, handover.load(60), "(?i)content.?length|size")


def unchanged(handover: Handover, load: Load, words: str) -> None:
    """The load must fail with these words of the warehouse's, and leave table and ledger as they were."""
    before = handover.lines(), handover.ledger()
    with pytest.raises(StatementFailed, match=words):
        handover.run(load)
    assert (handover.lines(), handover.ledger()) == before
