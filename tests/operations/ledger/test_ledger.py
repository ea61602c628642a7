"""`tillstream ledger`: what it shows, and what must be true before it decides."""

import pytest

from commerce.paths import RawKey
from commerce.raw import NO_TIMESTAMP, Position
from operations.errors import Refused
from operations.ledger.checks import LastObject, check_recreated, check_start
from operations.ledger.view import Entry, view
from stores.dynamodb.ledger import Row
from tests.operations.platform import NOON, TOPIC, Platform, played
from tests.orders import a_line


def a_topic(messages: int) -> Platform:
    """A topic of which partition 0 holds this many messages, a minute apart."""
    platform = Platform()
    for _ in range(messages):
        platform.publish(b"{}", b"k", 0)
    return platform


def filed(offset: int, timestamp: int) -> LastObject:
    return LastObject(RawKey(TOPIC, 0, 1, offset, "2010-12-01"), timestamp)


def test_a_topic_that_holds_what_is_filed_gets_no_new_epoch() -> None:
    with pytest.raises(Refused, match="partition 0 of the topic still holds offset 4 as raw/order-lines/epoch=0001/"):
        check_recreated(played(a_topic(9)), [filed(4, NOON + 4 * 60_000)])


@pytest.mark.parametrize(
    ("messages", "start", "last"),
    [
        (9, 0, filed(4, NOON + 5)),  # another message has that offset now
        (2, 0, filed(4, NOON + 4 * 60_000)),  # the topic is shorter than what is filed
        (0, 0, filed(4, NOON + 4 * 60_000)),
        (9, 6, filed(4, NOON + 4 * 60_000)),  # expired: nothing speaks against it
    ],
)
def test_a_recreated_topic_gets_a_new_epoch(messages: int, start: int, last: LastObject) -> None:
    topic = a_topic(messages)
    topic.starts[0] = start
    check_recreated(played(topic), [last])


def test_a_start_gives_up_only_what_the_topic_no_longer_holds() -> None:
    topic = a_topic(9)
    with pytest.raises(Refused, match="still holds offset 3, which is not filed yet"):
        check_start(played(topic), 0, next_offset=3, offset=6)
    topic.starts[0] = 6
    check_start(played(topic), 0, next_offset=3, offset=6)
    with pytest.raises(Refused, match="still holds offset 6"):
        check_start(played(topic), 0, next_offset=3, offset=7)


def test_a_start_over_offsets_that_the_topic_never_had_is_right() -> None:
    topic = a_topic(9)
    del topic.topic[0][3:6]
    check_start(played(topic), 0, next_offset=3, offset=6)


def test_a_start_beyond_the_topic_is_refused() -> None:
    with pytest.raises(Refused, match="ends before offset 9: no batch can begin at 10"):
        check_start(played(a_topic(9)), 0, next_offset=9, offset=10)


def test_the_ledger_is_seen_beside_topic_and_objects() -> None:
    platform = Platform()
    message = platform.publish_line(a_line(InvoiceNo="600000"))
    key = platform.archive(message.partition, [message])
    rows = [*platform.ledger.values(), Row(TOPIC, 1, None, 40), Row(TOPIC, 2, Position(2, 0, NO_TIMESTAMP))]
    assert message.partition == 0
    assert view(rows, [key, RawKey(TOPIC, 2, 1, 7, "2010-12-01")], {0: 5, 1: 6, 3: 0}) == [
        Entry(0, 1, 1, "2010-12-01T12:00:00.000Z", None, 5, str(key)),
        Entry(1, None, None, None, 40, 6, None),
        Entry(2, 2, 0, None, None, None, None),
        Entry(3, None, None, None, None, 0, None),
    ]
