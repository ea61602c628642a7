"""A database gets this code's tables and views, each once, whoever brings them at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from commerce.errors import Conflict, StatementFailed
from stores.redshift.warehouse import Rows, Warehouse
from tests.redshift import Redshift
from tests.warehouse.handover import a_warehouse
from warehouse import migrating, schema
from warehouse.migrating import applied, migrate, run
from warehouse.schema import Migration, SchemaMismatch, Version

ALL = [f"{it.version.number:04}_{it.version.name}" for it in schema.migrations()] + ["views"]


@pytest.mark.parts
def test_an_empty_database_gets_everything_and_then_nothing(redshift: Redshift) -> None:
    database = a_warehouse(redshift)
    assert migrate(database) == ALL
    assert migrate(database) == []
    versions = {it.version for it in schema.migrations()} | {schema.views_version(schema.views())}
    assert applied(database) == versions
    for name in schema.views():
        assert list(database.query(f"SELECT * FROM {name}").rows) == []


@pytest.mark.parts
def test_two_runs_at_once_leave_each_migration_once(redshift: Redshift) -> None:
    together = Barrier(2)

    def go() -> list[str]:
        database = a_warehouse(redshift)
        together.wait(300)
        return migrate(database)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(go), pool.submit(go)]:
            future.result(600)
    numbers = [row[0] for row in a_warehouse(redshift).query("SELECT number FROM schema_versions").rows]
    assert sorted(numbers) == list(range(len(ALL)))


@pytest.mark.parts
def test_a_run_that_comes_too_late_leaves_what_the_other_did(redshift: Redshift) -> None:
    database = a_warehouse(redshift)
    migrate(database)
    (first, _) = schema.migrations()
    with pytest.raises(StatementFailed, match="migration 0001 must not have been applied, entries counted 1"):
        run(database, "late", schema.migrate(first))
    assert migrating._apply(database, first.version, schema.migrate(first), lambda _: None) is False
    assert len(applied(database)) == len(ALL)


@pytest.mark.parts
def test_views_are_made_anew_when_one_has_changed_and_the_tables_are_left(
    redshift: Redshift, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = a_warehouse(redshift)
    migrate(database)
    made = dict(schema.views())
    other = {**made, "daily_sales": "CREATE OR REPLACE VIEW daily_sales AS SELECT COUNT(*) AS all_of_them FROM amounts"}
    monkeypatch.setattr(schema, "views", lambda: other)
    assert migrate(database) == ["views"]
    assert list(database.query("SELECT all_of_them FROM daily_sales").rows) == [(0,)]
    assert migrate(database) == []
    monkeypatch.setattr(schema, "views", lambda: made)
    assert migrate(database) == ["views"]


@pytest.mark.parts
def test_a_migration_that_fails_leaves_nothing_behind_and_says_why(
    redshift: Redshift, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = a_warehouse(redshift)
    broken = Migration(Version(3, "broken", "f" * 64), ("CREATE TABLE half (a INTEGER)", "DROP TABLE nowhere"))
    monkeypatch.setattr(schema, "migrations", lambda: (*_real(), broken))
    with pytest.raises(StatementFailed, match="nowhere"):
        migrate(database)
    with pytest.raises(StatementFailed, match="half"):
        database.query("SELECT * FROM half")
    assert len(applied(database)) == 2
    # the next run is not answered with the failure of this one, but tried
    database.query("CREATE TABLE nowhere (a INTEGER)")
    assert migrate(database) == ["0003_broken", "views"]


_real = schema.migrations


class Crowded(Warehouse):
    """A database in which other transactions are in the way so many times; it notes the tokens."""

    def __init__(self, conflicts: int) -> None:
        self.conflicts = conflicts
        self.tokens: list[str] = []
        self.ended_before = 0

    def batch(self, statements: Any, token: str, *, name: str = "") -> tuple[int, ...]:
        self.tokens.append(token)
        if len(self.tokens) <= self.conflicts:
            raise Conflict("ERROR: 1023")
        return (1,)

    def ended(self, name: str) -> int:
        return self.ended_before

    def query(self, sql: str, **parameters: object) -> Rows:
        raise AssertionError(sql)


def test_a_conflict_is_tried_again_by_a_new_token_after_a_pause_that_grows() -> None:
    database, pauses = Crowded(3), list[float]()
    database.ended_before = 4
    assert run(database, "load-b", ("SELECT 1",), sleep=pauses.append) == (1,)
    assert database.tokens == ["load-b-5", "load-b-6", "load-b-7", "load-b-8"]
    assert all(0 <= pause <= 2**tried for tried, pause in enumerate(pauses))
    assert len(pauses) == 3


def test_a_conflict_that_does_not_end_is_raised() -> None:
    database, pauses = Crowded(99), list[float]()
    with pytest.raises(Conflict):
        run(database, "load-b", ("SELECT 1",), sleep=pauses.append)
    assert (len(database.tokens), len(pauses)) == (migrating.ATTEMPTS, migrating.ATTEMPTS - 1)


def test_a_changed_migration_is_refused_by_name() -> None:
    known = schema.migrations()
    there = frozenset({Version(1, "order_lines", "0" * 64)})
    with pytest.raises(SchemaMismatch, match="0001 of the database is order_lines"):
        schema.pending(known, there)
