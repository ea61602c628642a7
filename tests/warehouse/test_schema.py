"""Migrations and views as files: in order, whole, and few enough for one transaction."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from stores.redshift.warehouse import BATCH_STATEMENTS
from warehouse import schema
from warehouse.schema import SchemaMismatch, Version

CHECKOUT = Path(__file__).parent.parent.parent

FROZEN = {
    "order_lines": "d61ed9ec21bca47f1fa404e398510a2ec8e1d8c4bafa2d92b5acfac857053a93",
    "loaded_batches": "1fd25651a1456f3423e0e61141fc290260c326687045962507287247ad9f519e",
}
"""The migrations that a database may have: a change of one is a new one."""


def test_a_migration_that_was_released_has_not_been_changed() -> None:
    assert {it.version.name: it.version.sha256 for it in schema.migrations()} == FROZEN


def test_files_say_what_views_they_make_and_come_after_those_that_they_read() -> None:
    made = schema.views()
    for name, sql in made.items():
        assert sql.startswith(f"CREATE OR REPLACE VIEW {name} AS"), name
    names = list(made)
    assert names.index("amounts") < names.index("invoices")


def test_views_are_dropped_before_what_they_read_and_made_after_it() -> None:
    made = {"a": "CREATE OR REPLACE VIEW a AS SELECT 1 AS x", "b": "CREATE OR REPLACE VIEW b AS SELECT x FROM a"}
    statements = schema.make_views(made)
    assert statements[1:5] == ("DROP VIEW IF EXISTS b", "DROP VIEW IF EXISTS a", made["a"], made["b"])
    assert statements[0] == "LOCK schema_versions"


def test_every_transaction_has_room_in_the_data_api() -> None:
    transactions = [schema.migrate(it) for it in schema.migrations()] + [schema.make_views(schema.views())]
    for statements in transactions:
        assert len(statements) <= BATCH_STATEMENTS
        assert max(len(sql.encode()) for sql in statements) <= 100_000


def test_no_statement_commits_by_itself_or_refuses_a_transaction() -> None:
    for migration in schema.migrations():
        for sql in migration.statements:
            assert sql.split()[0].upper() not in {"TRUNCATE", "VACUUM", "BEGIN", "COMMIT"}


def a_folder(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text("CREATE TABLE a (b INTEGER);\n", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["0001_a.sql", "0003_b.sql"], r"without a gap, found \[1, 3\]"),
        (["0001_a.sql", "0001_b.sql"], r"without a gap, found \[1, 1\]"),
        (["1_a.sql"], "1_a.sql: must be called NNNN_name.sql"),
    ],
)
def test_migrations_that_cannot_be_put_in_order_are_refused(tmp_path: Path, names: list[str], words: str) -> None:
    with pytest.raises(SchemaMismatch, match=words):
        schema.migrations(a_folder(tmp_path, *names))


def test_a_migrations_version_is_the_hash_of_its_statements_and_not_of_its_comments(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_text("-- why\nCREATE TABLE a (b INTEGER);\n", "utf-8")
    (migration,) = schema.migrations(tmp_path)
    assert migration.version == Version(1, "a", hashlib.sha256(b"CREATE TABLE a (b INTEGER)").hexdigest())
    assert migration.statements == ("CREATE TABLE a (b INTEGER)",)


def test_files_are_read_from_a_zip_as_glue_has_them(tmp_path: Path) -> None:
    rooms = tmp_path / "rooms.zip"
    with zipfile.ZipFile(rooms, "w") as archive:
        for room in ("commerce", "stores", "warehouse"):
            for path in sorted((CHECKOUT / room).rglob("*.[ps][yq]*")):
                archive.write(path, path.relative_to(CHECKOUT))
    code = "from warehouse import schema; print(schema.__file__, len(schema.migrations()), *schema.views())"
    ran = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(rooms)}, cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.stdout.split() == [
        f"{rooms}/warehouse/schema.py", str(len(schema.migrations())), *schema.views()
    ], ran.stderr  # fmt: skip


def test_a_database_that_is_ahead_is_left_as_it_is() -> None:
    known = schema.migrations()
    there = frozenset([it.version for it in known] + [Version(99, "later", "0" * 64)])
    assert schema.pending(known, there) == ()


def test_only_what_is_missing_is_pending_in_its_order() -> None:
    known = schema.migrations()
    assert schema.pending(known, frozenset()) == known
    assert schema.pending(known, frozenset({known[0].version})) == known[1:]
