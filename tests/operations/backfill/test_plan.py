"""Which messages a backfill reads again, and when it has."""

from datetime import UTC, datetime

import pytest

from operations.backfill.plan import Plan, Reach, left, planned, sentences
from operations.errors import Refused

NOW = datetime(2026, 11, 29, 20, 5, tzinfo=UTC)
BOUNDS = {0: (10, 40), 1: (0, 7), 2: (5, 5)}


def test_a_partition_begins_at_its_offset_and_one_that_is_not_named_is_left_out() -> None:
    plan = planned("dev-order-tables", NOW, BOUNDS, {0: 10, 1: None})
    assert plan == Plan(
        "dev-order-tables",
        "dev-order-tables-backfill-20261129T200500Z",
        [Reach(0, 10, 10, 40), Reach(1, 0, 7, 7), Reach(2, 5, 5, 5)],
    )
    assert sentences(plan) == [
        "the group dev-order-tables-backfill-20261129T200500Z reads 30 messages again",
        "partition 0: 30 messages, from offset 10 to before 40 (all that the topic still has)",
    ]


@pytest.mark.parametrize(
    ("firsts", "says"),
    [
        ({0: 9}, "partition 0 holds the offsets 10 to before 40, and not 9"),
        ({1: 7}, "partition 1 holds the offsets 0 to before 7, and not 7"),
        ({3: 1}, "the topic has no partition 3"),
        ({0: None, 1: None}, "nothing would be read again"),
    ],
)
def test_what_the_topic_does_not_hold_is_refused(firsts: dict[int, int | None], says: str) -> None:
    with pytest.raises(Refused, match=says):
        planned("group", NOW, BOUNDS, firsts)


def test_it_is_done_when_its_group_has_read_what_the_topic_held_at_the_beginning() -> None:
    plan = planned("group", NOW, BOUNDS, {0: 30, 1: 0})
    assert [left(plan, at) for at in ({}, {0: 35, 1: -1}, {0: 40, 1: 7}, {0: 99, 1: 99})] == [17, 12, 0, 0]
