"""A raw object holds its messages verbatim, and its metadata describe them."""

import gzip
import hashlib

from commerce.kafka_events import Partition
from commerce.paths import RawKey
from commerce.raw import NO_TIMESTAMP, Extent, Position, RawLine, lines
from consumers.raw_archive.objects import raw_object
from tests.consumers.kafka import NOON, TOPIC, a_message

PARTITION = Partition(TOPIC, 3)
BEGIN = Position(2, 40, NO_TIMESTAMP)


def test_an_object_is_named_by_its_first_message_and_holds_a_line_a_message() -> None:
    messages = [a_message(42, b'{"a":1}'), a_message(44, b"\xff", headers=[], key=None)]
    raw = raw_object(PARTITION, BEGIN, messages)
    assert raw.key == RawKey(TOPIC, 3, 2, 42, "2010-12-01")
    assert gzip.decompress(raw.body) == (
        b'{"Partition":3,"Offset":42,"Timestamp":1291204842000,"Schema":1,"Key":"536365","Line":{"a":1}}\n'
        b'{"Partition":3,"Offset":44,"Timestamp":1291204844000,"Schema":null,"Key":null,"Bytes":"/w=="}\n'
    )
    assert raw.extent == Extent(45, 2, hashlib.sha256(raw.body).hexdigest(), NOON + 42_000, NOON + 44_000)


def test_the_same_messages_give_the_same_bytes() -> None:
    messages = [a_message(offset) for offset in range(9)]
    assert raw_object(PARTITION, BEGIN, messages) == raw_object(PARTITION, BEGIN, messages)


def test_the_greatest_timestamp_is_that_of_the_partition_so_far() -> None:
    before = Position(1, 40, NOON + 10**9)
    assert raw_object(PARTITION, before, [a_message(42)]).extent.greatest_timestamp == NOON + 10**9


def test_the_day_is_that_of_the_first_message_in_utc() -> None:
    late = a_message(0, timestamp=NOON + 12 * 3_600_000 - 1)
    next_day = a_message(1, timestamp=NOON + 12 * 3_600_000)
    assert raw_object(PARTITION, BEGIN, [late, next_day]).key.day == "2010-12-01"
    assert raw_object(PARTITION, BEGIN, [next_day]).key.day == "2010-12-02"


def test_messages_are_read_back_as_they_came() -> None:
    messages = [a_message(0, b' {"a": 1} '), a_message(1, None, key=b"\xff"), a_message(2, b'{"a":\n1}')]
    body = raw_object(PARTITION, BEGIN, messages).body
    assert list(lines(body)) == [RawLine(3, m.offset, m.timestamp, 1, m.key, m.value) for m in messages]
