"""How long reconciliation waits for the consumers."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from operations.reconcile import waiting
from operations.reconcile.patience import NEVER_COMMITTED, Patience, remaining


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

    def committed(self, group: str, partitions: list[int]) -> dict[int, int]:
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
