"""load_tables that dies in the middle, or whose stores do: the next run, or the same one, comes to the same items."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commerce.errors import RowsLost
from glue_jobs.load_tables import job
from local.parts import dynamodb as dynamodb_part
from local.parts.ports import LOOPBACK, free_port
from local.processes import Process, await_ready
from stores.s3.batches import Batches
from tests.gate import Request, Shut
from tests.glue_jobs.conftest import Gates
from tests.glue_jobs.load_tables.test_job import Tabled
from tests.orders import some_lines
from tests.parts import running
from tests.spark import Lake

pytestmark = pytest.mark.parts

BATCH = "20101201T000000Z-0001"
LINES = some_lines(600)


class Killed(BaseException):
    """Stands in for kill -9 of the driver."""


@pytest.fixture
def tabled(gates: Gates, dynamodb: str, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tabled:
    """Empty tables and a batch of two files to be loaded."""
    made = Tabled(dynamodb, lake, monkeypatch)
    made.curate(BATCH, [LINES[:350], LINES[300:]], [], tmp_path)
    return made


def at(operation: str, which: int, then: Callable[[], None]) -> Callable[[Request], None]:
    """Do something once, before the operation's n-th request gets through, which then gets no answer."""
    asked = 0

    def watch(request: Request) -> None:
        nonlocal asked
        asked += request.what == operation
        if asked == which and request.what == operation:
            then()
            raise Shut

    return watch


@pytest.mark.parametrize(("operation", "which"), [("BatchWriteItem", 7), ("PutItem", 20)])
def test_a_load_whose_workers_are_killed_while_they_write_is_done_by_the_next(
    tabled: Tabled, gates: Gates, operation: str, which: int
) -> None:
    expected = tabled.expected(LINES)
    gates.tables.watch = at(operation, which, gates.kill_workers)
    with pytest.raises(Exception, match="Job aborted"):
        tabled.load()
    assert 0 < len(tabled.items()) < len(expected)
    assert tabled.batches.loaded("tables") == set()
    tabled.load()
    assert tabled.items() == expected
    assert tabled.batches.loaded("tables") == {BATCH}


def test_a_load_again_that_is_killed_is_asked_for_again_and_then_makes_the_tables_whole(
    tabled: Tabled, gates: Gates
) -> None:
    tabled.load()
    whole = tabled.items()
    for line in LINES:
        tabled.forget(line)
    gates.tables.watch = at("BatchWriteItem", 7, gates.kill_workers)
    with pytest.raises(Exception, match="Job aborted"):
        tabled.load("--again")
    assert len(tabled.items()) < len(whole)
    with pytest.raises(RowsLost, match="load_tables --again"):
        tabled.load()
    tabled.load("--again")
    assert tabled.items() == whole


class DyingBatches(Batches):
    """Dies just before or just after a batch is in the ledger."""

    dies: str = ""

    def put_loaded(self, store: str, batch: str, record: object) -> None:
        if DyingBatches.dies == "before":
            raise Killed
        Batches.put_loaded(self, store, batch, record)
        if DyingBatches.dies == "after":
            raise Killed


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_load_killed_beside_its_ledger_entry_changes_nothing_when_it_is_done_again(
    spark: Any, tabled: Tabled, gates: Gates, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    tables = tabled.tables.invoices, tabled.tables.customers
    dying = job.LoadTables(spark, tabled.lake.bucket, *tables, 10_000)
    dying._batches = DyingBatches(tabled.lake.s3, tabled.lake.bucket)
    monkeypatch.setattr(DyingBatches, "dies", when)
    with pytest.raises(Killed):
        dying.run()
    written = tabled.items()
    assert written == tabled.expected(LINES)
    assert tabled.batches.loaded("tables") == ({BATCH} if when == "after" else set())
    gates.tables.seen.clear()
    tabled.load()
    assert tabled.items() == written
    assert ("BatchWriteItem" in gates.tables.seen) is (when == "before")
    assert tabled.batches.loaded("tables") == {BATCH}


def test_a_load_waits_for_an_s3_that_is_silent_for_a_while(tabled: Tabled, gates: Gates) -> None:
    silent = 7  # more than botocore asks by itself

    def watch(request: Request) -> None:
        nonlocal silent
        if "/batches/staged/" in request.what and silent:
            silent -= 1
            raise Shut

    gates.objects.watch = watch
    tabled.load()
    assert silent == 0
    assert tabled.items() == tabled.expected(LINES)


def test_a_load_goes_on_when_dynamodb_is_killed_and_comes_back(
    gates: Gates, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    program = dynamodb_part.program(port, tmp_path / "data", tmp_path / "log")
    killed, ended = threading.Event(), threading.Event()
    first = Process(program)
    again = threading.Thread(target=come_back, args=(program, killed, ended))
    again.start()  # a part dies with the thread that started it: this one stays
    try:
        await_ready([first])
        gates.tables.server = f"http://{LOOPBACK}:{port}"
        tabled = Tabled(gates.tables.server, lake, monkeypatch)
        tabled.curate(BATCH, [LINES], [], tmp_path)

        def kill() -> None:
            os.kill(first.identity.pid, signal.SIGKILL)
            killed.set()

        gates.tables.watch = at("BatchWriteItem", 7, kill)
        tabled.load()
        assert killed.is_set()
        assert tabled.items() == tabled.expected(LINES)
        assert tabled.batches.loaded("tables") == {BATCH}
    finally:
        killed.set()
        ended.set()
        again.join()
        first.stop()


def come_back(program: Any, killed: threading.Event, ended: threading.Event) -> None:
    killed.wait()
    if not ended.is_set():
        with running(program):
            ended.wait()
