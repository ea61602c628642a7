"""Commands that buttons of the pages run: one at a time, within a time, and none outlives who waits for it."""

import asyncio
import sys
from collections.abc import Callable

import pytest

from local.pages import commands, redriving
from local.pages.commands import begun
from local.pages.reconciliation import AlreadyRunning, Reconciliation
from local.pages.redriving import Busy, NotRedriven, Redrive, Redriving, words

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('begun', flush=True); signal.pause()"
A_RECORD = Redrive("stream/t/3/42-1", {"Country": "France"}, dry_run=True)


@pytest.fixture(autouse=True)
def stubborn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command never ends by itself, and not when it is asked to."""
    monkeypatch.setattr(commands, "COMMAND", (sys.executable, "-I", "-c", STUBBORN))
    monkeypatch.setattr(commands, "PATIENCE_SECONDS", 0.1)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(300):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_command_does_not_outlive_who_waits_for_it() -> None:
    async def waited() -> int | None:
        async with begun("x") as process:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"begun\n"
        return process.returncode

    assert asyncio.run(waited()) == -9


def test_a_reconciliation_that_takes_too_long_is_ended_and_says_so() -> None:
    async def judged() -> Reconciliation:
        reconciliation = Reconciliation(most_seconds=0.3)
        reconciliation.start(["day.csv"])
        await until(lambda: not reconciliation.last.running)
        return reconciliation

    last = asyncio.run(judged()).last
    assert (last.outcome, last.sentences[-1]) == ("failed", "It was ended after 0.005 minutes.")


def test_a_reconciliation_that_is_killed_says_by_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "COMMAND", (sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"))

    async def judged() -> Reconciliation:
        reconciliation = Reconciliation()
        reconciliation.start(["day.csv"])
        await until(lambda: not reconciliation.last.running)
        return reconciliation

    last = asyncio.run(judged()).last
    assert (last.outcome, last.sentences) == ("failed", ("The command was killed by SIGSEGV.",))


def test_a_reconciliation_is_cancelled_and_the_verdict_before_it_stays() -> None:
    async def cancelled() -> None:
        reconciliation = Reconciliation()
        before = reconciliation.last
        reconciliation.start(["day.csv"])
        with pytest.raises(AlreadyRunning):
            reconciliation.start(["day.csv"])
        await reconciliation.stop()
        assert reconciliation.last == before

    asyncio.run(cancelled())


def test_one_record_is_redriven_at_a_time_and_within_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redriving, "MOST_SECONDS", 0.3)

    async def redriven() -> None:
        redriving = Redriving()
        first = asyncio.create_task(redriving.redrive(A_RECORD))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await redriving.redrive(A_RECORD)
        with pytest.raises(NotRedriven, match="ended after"):
            await first

    asyncio.run(redriven())


REPORTING = "import json, sys; print(json.dumps([sys.argv[1:], json.load(sys.stdin)]))"


def test_the_new_values_of_a_record_are_in_no_word_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "COMMAND", (sys.executable, "-I", "-c", REPORTING))
    given, said = asyncio.run(Redriving().redrive(A_RECORD))
    assert "France" not in "".join(given)
    assert (given, said) == (words(A_RECORD), {A_RECORD.id: {"Country": "France"}})
