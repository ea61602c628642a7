"""Transactions meet as in Redshift: writers wait in turn, LOCK keeps everybody out, conflicts are raised."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from local.redshift_data.engine.locks import Holder, Locks, Mode
from local.redshift_data.engine.statements import Statement, Status
from local.redshift_data.sql.words import Cancelled, SqlError
from tests.local.redshift_data.databases import Failed, InMemory


@pytest.fixture
def warehouse() -> InMemory:
    warehouse = InMemory()
    warehouse.run("CREATE TABLE t (n INTEGER)")
    return warehouse


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


ADD_ONCE = ("LOCK t", "INSERT INTO t SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM t)", "SELECT COUNT(*) FROM t")


def test_two_batches_that_lock_first_run_one_after_the_other(warehouse: InMemory) -> None:
    with ThreadPoolExecutor(8) as pool:
        seen = [it.result(300) for it in [pool.submit(warehouse.run, *ADD_ONCE) for _ in range(16)]]
    assert seen == [[(1,)]] * 16
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(1,)]


def test_a_batch_waits_for_a_lock_until_the_other_ends_and_then_sees_its_work(warehouse: InMemory) -> None:
    locks = warehouse.database._locks
    other = Holder(1)
    locks.acquire(other, ["public.t"], Mode.EXCLUSIVE)
    statement = warehouse.statement(*ADD_ONCE)
    with ThreadPoolExecutor(1) as pool:
        run: Future[Any] = pool.submit(warehouse.database.run, statement)
        until(lambda: bool(locks._waits), "the batch should wait")
        assert statement.status.value == Status.STARTED.value
        locks.release(other, committed=True)
        run.result(300)
    assert statement.status is Status.FINISHED


def test_a_reader_waits_while_a_table_is_locked(warehouse: InMemory) -> None:
    locks = warehouse.database._locks
    other = Holder(1)
    locks.acquire(other, ["public.t"], Mode.EXCLUSIVE)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(warehouse.run, "SELECT COUNT(*) FROM t")
        until(lambda: bool(locks._waits), "the reader should wait")
        locks.release(other, committed=False)
        assert run.result(300) == [(0,)]


def test_readers_and_a_writer_do_not_wait_for_each_other() -> None:
    locks, reader, writer = Locks(1), Holder(1), Holder(2)
    locks.acquire(reader, ["t"], Mode.SHARE)
    assert not locks.acquire(writer, ["t"], Mode.WRITE)


def test_waiting_too_long_ends_in_redshifts_words(warehouse: InMemory) -> None:
    locks, holder = Locks(0.1), Holder(1)
    locks.acquire(holder, ["t"], Mode.WRITE)
    with pytest.raises(SqlError, match="canceling statement due to lock timeout"):
        locks.acquire(Holder(2), ["t"], Mode.WRITE)


def test_waiting_in_a_circle_is_a_deadlock_for_one_of_them() -> None:
    locks, one, two = Locks(300), Holder(1), Holder(2)
    locks.acquire(one, ["a"], Mode.EXCLUSIVE)
    locks.acquire(two, ["b"], Mode.EXCLUSIVE)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(locks.acquire, one, ["b"], Mode.EXCLUSIVE)
        until(lambda: one in locks._waits, "the first should wait")
        with pytest.raises(SqlError, match="deadlock detected"):
            locks.acquire(two, ["a"], Mode.EXCLUSIVE)
        locks.release(two, committed=False)
        waiting.result(300)


def test_a_table_written_since_the_snapshot_is_not_rewritten(warehouse: InMemory) -> None:
    warehouse.run("INSERT INTO t VALUES (1)")
    conflict = _between(warehouse, "SELECT 1 FROM t", "UPDATE t SET n = n + 1", by="INSERT INTO t VALUES (5)")
    assert "ERROR: 1023\n  Detail: Serializable isolation violation on table - t" in str(conflict.error)
    assert warehouse.run("SELECT SUM(n) FROM t") == [(6,)]


def test_what_a_snapshot_does_not_see_may_be_added_twice_without_a_lock(warehouse: InMemory) -> None:
    unlocked = (ADD_ONCE[1], "SELECT 1")
    _between(warehouse, "SELECT COUNT(*) FROM t", *unlocked, by="INSERT INTO t VALUES (1)")
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(2,)]


def _between(warehouse: InMemory, first: str, *others: str, by: str) -> Statement:
    """Run a batch, and `by` between its first statement and the others."""
    statement = warehouse.statement(first, *others, batch=True)
    waits, goes_on = Event(), Event()

    original = warehouse.database._run_part

    def meddling(of: Statement, part: Any, session: Any) -> Any:
        if of is statement and part is statement.parts[1]:
            waits.set()
            goes_on.wait(300)
        return original(of, part, session)

    warehouse.database._run_part = meddling  # type: ignore[method-assign, assignment]
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(warehouse.database.run, statement)
        assert waits.wait(300)
        warehouse.run(by)
        goes_on.set()
        run.result(300)
    return statement


def test_a_statement_that_is_cancelled_is_aborted_and_leaves_nothing(warehouse: InMemory) -> None:
    warehouse.run("INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)")
    cross = ", ".join(f"t AS t{n}" for n in range(12))
    statement = warehouse.statement(
        "INSERT INTO t VALUES (99)", f"SELECT COUNT(*) FROM {cross} WHERE t0.n + t11.n > t5.n"
    )
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(warehouse.database.run, statement)
        until(lambda: statement.parts[1].status is Status.STARTED, "the query should have begun")
        warehouse.database.cancel(statement)
        run.result(300)
    assert statement.status is Status.ABORTED
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(10,)]


def test_a_waiting_statement_can_be_cancelled() -> None:
    locks = Locks(300)
    locks.acquire(Holder(1), ["t"], Mode.EXCLUSIVE)
    with pytest.raises(Cancelled):
        locks.acquire(Holder(2, cancelled=lambda: True), ["t"], Mode.SHARE)


def test_a_failing_batch_says_which_statement_and_aborts_the_rest(warehouse: InMemory) -> None:
    statement = warehouse.statement("INSERT INTO t VALUES (1)", "SELECT nothing FROM t", "SELECT 1")
    warehouse.database.run(statement)
    assert statement.error == 'Query #2 failed with ERROR: column "nothing" does not exist'
    assert [part.status for part in statement.parts] == [Status.FINISHED, Status.FAILED, Status.ABORTED]
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


def test_a_temporary_table_is_the_batchs_own(warehouse: InMemory) -> None:
    assert warehouse.run("CREATE TEMP TABLE t (LIKE t)", "INSERT INTO t VALUES (1)", "SELECT COUNT(*) FROM t") == [(1,)]
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


def test_ddl_is_taken_back_with_its_batch(warehouse: InMemory) -> None:
    with pytest.raises(Failed):
        warehouse.run("CREATE TABLE u (a INTEGER)", "CREATE VIEW v AS SELECT n FROM t", "SELECT 1 / 0")
    assert warehouse.run("CREATE TABLE u (a INTEGER)", "CREATE VIEW v AS SELECT n FROM t", "SELECT * FROM v") == []
