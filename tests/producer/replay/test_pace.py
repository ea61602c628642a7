"""The pace of a replay, by a clock that a test turns."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.replay.pace import Pace, event_span, rows_a_request

NOON = datetime(2010, 12, 1, 12)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def sent(pace: Pace, clock: Clock, requests: list[tuple[int, datetime | None, float]]) -> list[tuple[float, int]]:
    """When each request went, from the start; the client takes the given seconds to come to each of them."""
    went = []
    for rows, latest, delay in requests:
        clock.now += delay
        clock.now += pace.wait_seconds(latest)
        assert pace.wait_seconds(latest) < 1e-6
        pace.went(rows, latest)
        went.append((clock.now - Clock.now, rows))
    return went


delays = st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.2, 3.0]), min_size=1, max_size=80)


@given(st.sampled_from([0.5, 1, 7, 100, 2_500.0, 1e6]), delays)
def test_over_any_time_no_more_rows_go_than_the_rate_and_two_requests(rate: float, held_up: list[float]) -> None:
    clock, size = Clock(), rows_a_request(500, rate)
    went = sent(Pace(rate, clock=clock), clock, [(size, None, delay) for delay in held_up])
    for first, (began, _) in enumerate(went):
        rows = 0
        for now, count in went[first:]:
            rows += count
            assert rows <= rate * (now - began) + 2 * size + 1e-3


@given(st.sampled_from([1, 7, 100, 2_500.0]))
def test_a_client_that_is_fast_enough_goes_at_the_rate(rate: float) -> None:
    clock, size = Clock(), rows_a_request(500, rate)
    went = sent(Pace(rate, clock=clock), clock, [(size, None, 0.3 * size / rate)] * 200)
    assert 200 * size / (went[-1][0] + size / rate) == pytest.approx(rate, rel=0.02)


def test_a_slow_rate_sends_small_requests_often() -> None:
    assert [rows_a_request(500, rate) for rate in (0.1, 1, 100, 1e9, None)] == [1, 1, 5, 500, 500]


def test_rows_go_at_their_own_times_as_many_times_faster_as_asked() -> None:
    clock = Clock()
    pace = Pace(speedup=60, clock=clock)
    at = [NOON + timedelta(minutes=minute) for minute in (0, 1, 1, 5, 3, 6)]
    assert [when for when, _ in sent(pace, clock, [(1, event, 0) for event in at])] == [0, 1, 1, 5, 5, 6]


def test_refused_rows_wait_for_nobody() -> None:
    clock = Clock()
    pace = Pace(speedup=1, clock=clock)
    assert sent(pace, clock, [(5, None, 0), (1, NOON, 2), (1, None, 0)]) == [(0, 5), (2, 1), (2, 1)]


def test_both_a_rate_and_a_speedup_hold() -> None:
    clock = Clock()
    pace = Pace(1, 60, clock)
    at = [NOON, NOON, NOON, NOON + timedelta(minutes=10)]
    assert [when for when, _ in sent(pace, clock, [(1, event, 0) for event in at])] == [0, 1, 2, 10]


def test_how_far_it_is_behind_is_told() -> None:
    clock = Clock()
    pace = Pace(speedup=60, clock=clock)
    assert pace.behind_seconds is None
    sent(pace, clock, [(1, NOON, 0), (1, NOON + timedelta(minutes=1), 3)])
    assert pace.behind_seconds == pytest.approx(2)
    sent(pace, clock, [(1, NOON, 0)])
    assert pace.behind_seconds == pytest.approx(2), "a row that is older than those before it is due with them"
    slow = Pace(10, clock=clock)
    sent(slow, clock, [(1, None, 1) for _ in range(11)])
    assert slow.behind_seconds == pytest.approx(9)
    assert Pace(clock=clock).wait_seconds(NOON) == 0


def test_a_new_round_counts_its_times_from_its_own_beginning() -> None:
    clock = Clock()
    pace = Pace(speedup=60, clock=clock)
    sent(pace, clock, [(1, NOON, 0), (1, NOON + timedelta(minutes=2), 0)])
    pace.again()
    assert pace.wait_seconds(NOON) == 0
    assert pace.wait_seconds(NOON + timedelta(minutes=1)) == pytest.approx(1)


def test_a_request_spans_what_is_due_at_once() -> None:
    assert event_span(None) is None
    assert event_span(60) == timedelta(seconds=12)
    assert event_span(1e300) == timedelta(seconds=1e9)
