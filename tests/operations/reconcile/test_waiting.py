"""How long reconciliation waits for the consumers."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from operations import asking
from operations.errors import StoreUnreachable
from operations.reconcile import run, waiting
from operations.reconcile.hops import dynamodb
from operations.reconcile.patience import Patience, remaining
from stores.kafka.brokers import NEVER_COMMITTED
from tests.laptops import a_laptop
from tests.parts import S3


def test_a_lag_that_falls_is_waited_for_however_long() -> None:
    patience = Patience(120)
    assert all(patience.bears(lag, 119.0 * step) for step, lag in enumerate(range(100, 0, -1)))
    assert not patience.bears(0, 20_000)


def test_a_lag_that_does_not_fall_is_waited_for_no_longer_than_the_limit() -> None:
    patience = Patience(120)
    assert patience.bears(50, 0)
    assert patience.bears(40, 100)
    assert patience.bears(40, 219)
    assert not patience.bears(40, 220)


def test_a_lag_that_rises_again_has_not_fallen() -> None:
    patience = Patience(120)
    assert patience.bears(50, 0)
    assert patience.bears(90, 60)
    assert not patience.bears(60, 120)


def test_without_patience_nothing_is_waited_for() -> None:
    assert not Patience(0).bears(50, 0)


@given(st.dictionaries(st.integers(0, 5), st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(-1, 120))))
def test_what_remains_is_what_stands_between_the_group_and_the_ends(
    partitions: dict[int, tuple[int, int, int]],
) -> None:
    starts = {number: start for number, (start, _, _) in partitions.items()}
    ends = {number: start + length for number, (start, length, _) in partitions.items()}
    committed = {number: at for number, (_, _, at) in partitions.items()}
    unread = [set(range(starts[number], ends[number])) - set(range(committed[number])) for number in partitions]
    assert remaining(starts, ends, committed) == sum(map(len, unread))


class SlowGroups:
    """A topic of one partition to which a producer adds without end, and whose groups read two messages a look."""

    def __init__(self) -> None:
        self.end, self.looks = 10, 0

    def partitions(self) -> list[int]:
        return [0]

    def bounds(self, partition: int) -> tuple[int, int]:
        self.end += 100
        return 0, self.end

    def committed_by(self, group: str) -> dict[int, int]:
        self.looks += 1
        return {0: NEVER_COMMITTED if self.looks == 1 else 20 * self.looks}


def test_the_wait_ends_at_what_the_topic_held_when_it_began(monkeypatch: Any) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.0)
    said: list[str] = []
    topic: Any = SlowGroups()
    found = waiting.settled(topic, ["archive"], 60, said.append)
    assert found.bounds == {0: (0, 110)}
    assert found.lag == {"archive": 0}
    assert said[:2] == ["archive has 110 messages left", "archive has 70 messages left"]


def test_the_wait_gives_up_and_says_what_is_left() -> None:
    topic: Any = SlowGroups()
    assert waiting.settled(topic, ["archive"], 0, lambda _: None).lag == {"archive": 110}


class Clock:
    """A clock that goes on only while somebody sleeps by it; it plays the module `time`."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class StandingGroups:
    """A topic of one partition with ten messages, of which its groups commit none until a moment, and all then."""

    def __init__(self, clock: Clock, commits_after: float) -> None:
        self._clock, self._commits_at = clock, clock.now + commits_after

    def partitions(self) -> list[int]:
        return [0]

    def bounds(self, partition: int) -> tuple[int, int]:
        return 0, 10

    def committed_by(self, group: str) -> dict[int, int]:
        return {0: 10 if self._clock.now >= self._commits_at else NEVER_COMMITTED}


def waited(monkeypatch: Any, commits_after: float, written: Callable[[float], int]) -> tuple[int, float]:
    """The lag after the wait, and how long it was; `written` says how many lines stand in the tables by then."""
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    topic: Any = StandingGroups(clock, commits_after)
    found = waiting.settled(topic, ["g"], 120, lambda _: None, lambda *_: {"lines": written(clock.now - 1_000)})
    return found.lag["g"], clock.now - 1_000


def test_a_batch_of_many_minutes_is_waited_for_while_its_lines_come(monkeypatch: Any) -> None:
    lag, seconds = waited(monkeypatch, 1_800, lambda now: int(now / 100))
    assert (lag, seconds) == (0, 1_800)


def test_a_batch_whose_lines_come_no_more_is_given_up(monkeypatch: Any) -> None:
    lag, seconds = waited(monkeypatch, 1_800, lambda now: min(7, int(now / 100)))
    assert lag == 10
    assert 820 <= seconds <= 830, "120 s after the last line that came, at 700 s, within a look"


@pytest.mark.parametrize(
    ("stalled", "seconds"), [({"g": "x"}, 0), ({"other": "x"}, 300), ({}, 300)], ids=["it", "another", "none"]
)
def test_a_group_that_no_retry_brings_on_is_not_waited_for(
    monkeypatch: Any, stalled: dict[str, str], seconds: float
) -> None:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    topic: Any = StandingGroups(clock, 1_800)
    found = waiting.settled(topic, ["g"], 300, lambda _: None, stalled=lambda: stalled)
    assert (found.lag, found.stalled) == ({"g": 10}, {"g": "x"} if seconds == 0 else {})
    assert clock.now - 1_000 == seconds


class SilentTables(BaseHTTPRequestHandler):
    """DynamoDB that lets its first requests wait without an answer."""

    silences = 2

    def do_POST(self) -> None:
        server: Any = self.server
        server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        if server.asked <= self.silences:
            server.over.wait()
            return
        body = b'{"Item": {"InvoiceNo": {"S": "600001"}}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def test_a_table_that_does_not_answer_in_time_is_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dynamodb, "READER", asking.READER.merge(Config(read_timeout=0.3)))
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), SilentTables)
    server.asked, server.over = 0, Event()
    with server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            endpoints = {"dynamodb": f"http://127.0.0.1:{server.server_port}"}
            keys = S3("", "key", "secret")
            store = dynamodb.Store(a_laptop(tmp_path, monkeypatch, keys, region="eu-west-1", endpoints=endpoints))
            assert store.summary((12_000, "600001")) == {"InvoiceNo": {"S": "600001"}}
        finally:
            server.over.set()
            server.shutdown()
    assert server.asked > SilentTables.silences  # on a busy machine its first answer may come too late as well


def test_each_request_is_asked_again_as_long_as_wait_says_and_half_a_minute_at_least() -> None:
    assert [asking.patient(wait)._remaining() for wait in (0, 10, 120, 900)] == [30, 30, 120, 900]


def test_brokers_that_cannot_be_reached_are_said_and_known_nothing_of() -> None:
    def ask(limit_seconds: float) -> waiting.Settled:
        raise StoreUnreachable("no broker")

    said: list[tuple[str, str]] = []
    assert run._asked_late(ask, lambda *words: said.append(words)) is None
    assert said == [("waiting", "what no consumer has read yet counts as lost: no broker")]
