"""When a batch is due and what it holds."""

from hypothesis import given
from hypothesis import strategies as st

from local.event_source.batches import Gathering, Limits
from local.event_source.events import EventFormat, Record

PARTITION_BYTES = 10


def limits(records: int = 100, window_seconds: float = 60.0, payload_bytes: int = 10_000) -> Limits:
    return Limits(records, window_seconds, payload_bytes, lambda _: PARTITION_BYTES)


def some(count: int, size: int = 9, partition: int = 0, first: int = 0) -> list[Record]:
    """Records that cost `size` + 1 bytes each."""
    return [Record(partition, first + index, b"x" * size) for index in range(count)]


def test_nothing_is_never_due() -> None:
    assert not Gathering(limits(window_seconds=0)).due(1e9)


def test_the_window_begins_with_the_first_record_and_the_batch_is_due_when_it_has_passed() -> None:
    gathering = Gathering(limits(window_seconds=5))
    gathering.add(some(1), now=100)
    gathering.add(some(1, first=1), now=104)

    assert (gathering.due(104.9), gathering.seconds_left(104)) == (False, 1)
    assert gathering.due(105)
    assert gathering.take(105) == some(2)
    assert not gathering.due(1000)


def test_a_window_of_zero_invokes_at_once() -> None:
    gathering = Gathering(limits(window_seconds=0))
    gathering.add(some(1), now=100)

    assert gathering.due(100)


def test_the_batch_is_due_when_it_has_enough_records_and_the_others_wait_for_the_next_with_a_new_window() -> None:
    gathering = Gathering(limits(records=3, window_seconds=5))
    gathering.add(some(2), now=100)
    assert (gathering.due(100), gathering.room) == (False, 1)
    gathering.add(some(3, first=2), now=102)

    assert (gathering.due(102), gathering.room) == (True, 0)
    assert gathering.take(103) == some(3)
    assert (len(gathering), gathering.due(107.9), gathering.due(108)) == (2, False, True)


def test_the_batch_is_due_when_its_payload_would_pass_the_limit_and_holds_what_fits() -> None:
    gathering = Gathering(limits(payload_bytes=PARTITION_BYTES + 30))
    gathering.add(some(3), now=0)
    assert not gathering.due(0)  # a full payload may still be the whole batch
    gathering.add(some(1, first=3), now=0)

    assert gathering.due(0)
    assert gathering.take(0) == some(3)
    assert gathering.take(0) == some(1, first=3)


def test_the_list_of_each_partition_counts_once_towards_the_payload() -> None:
    gathering = Gathering(limits(payload_bytes=2 * PARTITION_BYTES + 40))
    gathering.add([*some(2), *some(2, partition=1), *some(1, first=2)], now=0)

    assert gathering.take(0) == [*some(2), *some(2, partition=1)]


def test_a_record_larger_than_any_payload_comes_alone() -> None:
    gathering = Gathering(limits(payload_bytes=100))
    large = Record(0, 1, b"x" * 1000)
    gathering.add([*some(1), large, *some(1, first=2)], now=0)

    assert [gathering.take(0), gathering.take(0), gathering.take(0)] == [some(1), [large], some(1, first=2)]


def test_what_is_dropped_is_gone_and_costs_nothing() -> None:
    gathering = Gathering(limits(records=3))
    gathering.add(some(2), now=0)
    gathering.drop()

    assert (len(gathering), gathering.room, gathering.due(1e9)) == (0, 3, False)


@given(
    arrivals=st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 300)), max_size=8), max_size=8),
    batch_size=st.integers(1, 10),
    payload_bytes=st.integers(1, 900),
)
def test_batches_hold_every_record_once_in_order_and_none_passes_a_limit(
    arrivals: list[list[tuple[int, int]]], batch_size: int, payload_bytes: int
) -> None:
    written = EventFormat("t", "arn", "servers")
    room = payload_bytes + written.frame_bytes
    gathering = Gathering(Limits(batch_size, 0, payload_bytes, written.partition_bytes))
    given_in, offset = [], 0
    batches: list[list[Record]] = []
    for now, arrival in enumerate(arrivals):
        records = [Record(p, offset + i, b"x" * size) for i, (p, size) in enumerate(arrival)]
        offset += len(records)
        given_in += records
        gathering.add(records, now)
        while gathering.due(now):
            batches.append(gathering.take(now))

    assert [record for batch in batches for record in batch] == given_in
    assert all(1 <= len(batch) <= batch_size for batch in batches)
    assert all(len(written.payload(batch)) <= room or len(batch) == 1 for batch in batches)
