"""The pace: never more than the rate over any ten seconds, and nearly all of it where the store keeps up."""

import heapq
from random import Random
from threading import Lock, Thread
from typing import Any

import pytest

from glue_jobs.load_tables.pace import WINDOW_SECONDS, Paced, Slots, pace

RATES = [0.5, 3, 5, 25, 50, 99, 100, 333, 1_000, 2_500, 5_000, 40_000]


def written(rate: float, slots: int, seconds: float, random: Random, latency: float) -> list[tuple[float, int]]:
    """The writes as (second, items), by all tasks' threads on one simulated clock.

    A request takes about `latency` seconds, and once in a while its task is held up for as long as 2 s.
    """
    at, now, ends = pace(rate, slots), 0.0, []
    woken: list[float] = []
    tasks = [Slots(at.rate, clock=lambda: now, sleep=lambda seconds: woken.append(seconds)) for _ in range(at.tasks)]
    ready = [(0.0, number) for number in range(at.tasks * at.threads)]
    while ready:
        now, thread = heapq.heappop(ready)
        if now > seconds:
            continue
        woken.clear()
        tasks[thread % at.tasks].take(at.items)
        held_up = random.random() * 2 if random.random() < 0.001 else 0.0
        end = now + sum(woken) + latency * (0.5 + random.random()) + held_up
        ends.append((end, at.items))
        heapq.heappush(ready, (end, thread))
    return sorted(ends)


def most_in_a_window(writes: list[tuple[float, int]]) -> int:
    most = held = first = 0
    for at, items in writes:
        held += items
        while writes[first][0] <= at - WINDOW_SECONDS:
            held -= writes[first][1]
            first += 1
        most = max(most, held)
    return most


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("slots", [1, 2, 8, 36])
def test_over_any_ten_seconds_no_more_is_written_than_the_rate_allows(rate: float, slots: int) -> None:
    for seed in range(3):
        writes = written(rate, slots, 60, Random(seed), latency=0.01)
        # one item is the least that can be written
        assert most_in_a_window(writes) <= max(1, rate * WINDOW_SECONDS)


@pytest.mark.parametrize("rate", [rate for rate in RATES if 5 <= rate <= 5_000])
@pytest.mark.parametrize("slots", [2, 8, 36])
def test_nearly_all_of_the_rate_is_written_where_the_store_keeps_up(rate: float, slots: int) -> None:
    seconds = 60 if rate > 50 else 300
    writes = written(rate, slots, seconds, Random(7), latency=0.004)
    assert sum(items for at, items in writes if at <= seconds) >= 0.9 * rate * seconds


@pytest.mark.parametrize("rate", [50, 200, 1_000, 5_000])
def test_what_a_task_was_held_up_for_is_made_good(rate: float) -> None:
    # a task that is held up for a second, every ten seconds
    now, slept = 0.0, list[float]()
    slots, items = Slots(rate, clock=lambda: now, sleep=slept.append), max(1, int(rate / 50))
    writes = []
    while now < 120:
        slept.clear()
        slots.take(items)
        now += sum(slept)
        writes.append((now, items))
        now += 1.0 if len(writes) % max(1, int(10 * rate / items)) == 0 else 0.001
    assert most_in_a_window(writes) <= rate * WINDOW_SECONDS + items
    assert sum(items for _, items in writes) >= 0.97 * rate * 120


def test_a_task_that_caught_up_did_so_little_by_little() -> None:
    now, slept = 100.0, list[float]()
    slots = Slots(10, clock=lambda: now, sleep=slept.append)
    now = 200.0
    for _ in range(50):
        slept.clear()
        slots.take(1)
        now += sum(slept)
        assert not slept or slept == pytest.approx([0.08])
    assert now == pytest.approx(200 + 49 * 0.08)


def test_no_more_tasks_are_used_than_the_rate_is_worth() -> None:
    assert [pace(rate, 8).tasks for rate in (0.1, 49, 100, 10_000)] == [1, 1, 2, 8]


class Client:
    """A client that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        def ask(**_: Any) -> str:
            with self._lock:
                self.asked.append(name)
            return name

        return ask


def test_writes_wait_for_their_slots_and_reads_do_not() -> None:
    slept: list[float] = []
    client: Any = Client()
    paced = Paced(client, Slots(1, clock=lambda: 0.0, sleep=slept.append))
    paced.batch_write_item(RequestItems={"Invoices": [{}, {}, {}]})
    paced.query(TableName="Invoices")
    paced.put_item(TableName="Customers")
    paced.put_item(TableName="Customers")
    assert slept == [3.0, 4.0]
    assert client.asked == ["batch_write_item", "query", "put_item", "put_item"]


def test_threads_share_the_slots() -> None:
    slept: list[float] = []
    slots = Slots(10, clock=lambda: 0.0, sleep=slept.append)
    threads = [Thread(target=lambda: list(map(slots.take, [1] * 50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == pytest.approx([number / 10 for number in range(1, 200)])
