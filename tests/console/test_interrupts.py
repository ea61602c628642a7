"""Ctrl-C ends a replay wherever it falls."""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from threading import Event, active_count
from typing import Any

import pytest

from console.interrupts import Interrupts
from producer.api import Answer, Connection
from producer.errors import ApiRefused
from producer.replay.plan import batches, rows
from producer.replay.sender import Sender
from tests.orders import cells, csv_document
from tests.producer.api_server import ApiServer
from tests.producer.conftest import a_file, environment
from tests.producer.test_resuming import PATIENCE_SECONDS, REPOSITORY

INTERRUPTING = '''
import signal, sys, threading

NAME, COUNT = sys.argv[1], int(sys.argv[2])
calls = 0

def trace(frame, event, argument):
    """Press Ctrl-C as the main thread leaves the function: it has taken a lock, and the caller does not know it yet."""
    global calls
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler or frame.f_code.co_name != NAME:
        return None
    calls += 1
    if calls != COUNT:
        return None

    def leaving(frame, event, argument):
        if event == "return":
            sys.settrace(None)
            signal.raise_signal(signal.SIGINT)
        return leaving

    return leaving

from tillstream import main

sys.settrace(trace)
sys.exit(main(["replay", *sys.argv[3:]]))
'''
"""A replay of a process of its own that presses Ctrl-C at a call of a function, always at the same one."""


@pytest.mark.parametrize(
    ("function", "call"),
    [("__enter__", 1), ("__enter__", 40), ("put", 9)],
)
def test_ctrl_c_ends_a_loop_also_just_after_a_lock_was_taken(tmp_path: Path, function: str, call: int) -> None:
    path = a_file(tmp_path / "day.csv", 7)
    with ApiServer() as api:
        arguments = [function, str(call), str(path), "--loop", "--batch", "3", "--connections", "2"]
        ended = subprocess.run(
            [sys.executable, "-c", INTERRUPTING, *arguments],
            cwd=REPOSITORY, env=os.environ | environment(api.url), capture_output=True, text=True,
            timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
    assert "stopped by Ctrl-C; the same command begins a new round" in ended.stderr
    assert (ended.returncode, "Traceback" in ended.stderr) == (130, False)


class HeldLine(Connection):
    """A connection whose request is answered, by a refusal, once it may be."""

    def __init__(self) -> None:
        self.may_answer = Event()

    def post_lines(self, body: bytes) -> Answer:
        self.may_answer.wait()
        raise ApiRefused("refused")

    def close(self) -> None:
        pass


def test_what_ends_the_wait_for_the_last_requests_leaves_no_connections_thread_behind() -> None:
    held, settled = HeldLine(), Event()
    sender = Sender(lambda: held, lambda *_: settled.set(), connections=3, give_up_after=1)
    [batch] = batches(rows([("day", BytesIO(csv_document(cells())))]), [0], 1)
    sender.send(batch)
    interrupts = Interrupts()
    interrupts._came = True
    with pytest.raises(KeyboardInterrupt):
        sender.finish(interrupts.look)
    held.may_answer.set()
    sender.finish()
    assert settled.is_set()
    assert [worker.done() for worker in sender._workers] == [True] * 3


def test_a_replay_that_never_began_leaves_no_thread_behind() -> None:
    before = active_count()
    Sender(HeldLine, lambda *_: None, connections=3, give_up_after=1)
    assert active_count() == before


def press(interrupts: Interrupts) -> None:
    """Do as the handler of the first SIGINT does."""
    interrupts._first(2, None)


def test_outside_of_a_block_that_can_bear_it_ctrl_c_is_raised_by_the_next_look(monkeypatch: Any) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    interrupts = Interrupts()
    interrupts.look()
    press(interrupts)
    with pytest.raises(KeyboardInterrupt):
        interrupts.look()
    with pytest.raises(KeyboardInterrupt), interrupts.raised():
        pytest.fail("the block was entered")


def test_inside_of_the_block_it_is_raised_at_once_but_where_it_is_held(monkeypatch: Any) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    interrupts, seen = Interrupts(), []

    def held_then_raised() -> None:
        with interrupts.raised():
            with interrupts.held():
                press(interrupts)
                seen.append("held")
            seen.append("not raised at the end of held")

    def raised_at_once() -> None:
        other = Interrupts()
        with other.raised():
            press(other)
            seen.append("not raised at once")

    for wanted in (held_then_raised, raised_at_once):
        with pytest.raises(KeyboardInterrupt):
            wanted()
    assert seen == ["held"]
