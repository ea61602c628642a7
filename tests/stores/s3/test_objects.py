"""The bucket holds each object once after puts that may race, and is read page by page."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice

import pytest
from botocore.exceptions import ClientError

from commerce.errors import FieldError
from commerce.paths import RawKey
from commerce.quarantine import Quarantined
from commerce.raw import Extent, Position, RawObject
from stores.s3.objects import Lake


def an_object(first_offset: int = 0, body: bytes = b"body", partition: int = 0, next_offset: int = 9) -> RawObject:
    key = RawKey("order-lines", partition, 1, first_offset, "2010-12-01")
    return RawObject(key, body, Extent(next_offset, 1, "ab", 5, 6))


def test_the_first_put_stands_and_the_second_learns_of_it(lake: Lake) -> None:
    first, second = an_object(body=b"first", next_offset=3), an_object(body=b"second", next_offset=4)
    assert lake.put_raw(first) is None
    assert lake.put_raw(second) == first.extent
    assert lake.read(str(first.key)) == b"first"


def test_an_object_says_of_itself_what_it_was_put_with(lake: Lake) -> None:
    lake.put_raw(an_object())
    assert lake.extent(str(an_object().key)) == an_object().extent


def test_an_object_that_is_not_there_is_an_error(lake: Lake) -> None:
    with pytest.raises(ClientError):
        lake.extent("raw/order-lines/nothing")


def test_the_keys_of_a_topic_are_all_listed_and_no_others(lake: Lake) -> None:
    wanted = [an_object(offset, partition=partition) for partition in (0, 1) for offset in range(12)]
    other = RawObject(RawKey("order-lines-2", 0, 1, 0, "2010-12-01"), b"", Extent(1, 1, "", 0, 0))
    for raw in (*wanted, other):
        lake.put_raw(raw)
    assert sorted(lake.raw_keys("order-lines")) == [raw.key for raw in wanted]


@pytest.mark.parametrize("days", [0, 1, 2, 7])
def test_the_newest_object_is_found_days_after_its_first_message(lake: Lake, days: int) -> None:
    for raw in (an_object(0), an_object(9, next_offset=15)):
        lake.put_raw(raw)
    last = datetime(2010, 12, 1 + days, 12, tzinfo=UTC)
    found = lake.newest_raw("order-lines", 0, Position(1, 15, round(last.timestamp() * 1000)))
    assert found is not None
    assert found["Key"] == str(an_object(9).key)


def test_a_message_is_set_aside_once(lake: Lake) -> None:
    reasons = (FieldError("value", "null", "must be one JSON object"),)
    message = Quarantined("order-lines", 3, 42, 1_291_204_800_000, None, None, reasons)
    assert lake.quarantine(message)
    assert not lake.quarantine(message)
    assert lake.read("quarantine/stream/order-lines/3/42-1291204800000.json") == message.body


@pytest.mark.parts
@pytest.mark.parametrize("lake", ["parts"], indirect=True)
def test_the_lines_of_an_object_are_fetched_only_as_far_as_they_are_read(lake: Lake) -> None:
    wanted = [b'{"row": %d}' % number for number in range(400_000)]
    lake.put_once("quarantine/bulk/day.csv/9e10.jsonl", b"\n".join(wanted) + b"\n")
    lines = lake.lines("quarantine/bulk/day.csv/9e10.jsonl")
    tracemalloc.start()
    try:
        first = list(islice(lines, 3))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert first == wanted[:3]
    assert peak_bytes < 1_000_000  # of six million
    assert list(lines) == wanted[3:]


@pytest.mark.parts
@pytest.mark.parametrize("lake", ["parts"], indirect=True)
def test_of_writers_that_race_for_a_key_one_wins_and_all_learn_of_it(lake: Lake) -> None:
    writers = [an_object(body=b"%d" % number, next_offset=number + 1) for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lake.put_raw, writers))
    assert answers.count(None) == 1
    winner = writers[answers.index(None)]
    assert {answer for answer in answers if answer is not None} == {winner.extent}
    assert lake.read(str(winner.key)) == winner.body
