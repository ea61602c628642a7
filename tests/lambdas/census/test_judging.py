"""A census calls some differences lost and others due, and forgets no loss until it has seen the place whole."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from commerce.verdicts import PublishedVerdict
from lambdas.census.counts import BatchCount, Counts, PartitionCount
from lambdas.census.judging import MOST_KEPT, findings, verdict
from lambdas.census.losses import (
    CensusVerdict,
    Loss,
    LostFromLake,
    LostLines,
    LostMessages,
    LostObject,
    RecreatedTopic,
    stands,
)

NOW = datetime(2026, 11, 29, 20, tzinfo=UTC)
WHOLE = PartitionCount(
    partition=0, start=0, end=100, epoch=1, filed=100, timestamp=7, object_end=100, given_up=(), read_by_archive=100,
    read_by_tables=100, looked_up=100,
)  # fmt: skip
KEYS = [("536365", f"536365#A#{number}") for number in range(3)]


def of(*batches: BatchCount, unloaded: int = 0, **changed: Any) -> Counts:
    return Counts("order-lines", [replace(WHOLE, **changed)], batches, unloaded)


def judged(*batches: BatchCount, known: Sequence[Loss] = (), **changed: Any) -> list[tuple[int, str, bool]]:
    return [(it.rows, it.sentence, it.loss is not None) for it in findings(of(*batches, **changed), known)]


def lost(*batches: BatchCount, known: Sequence[Loss] = (), **changed: Any) -> list[Loss]:
    """The losses that a verdict on these counts keeps, as its object holds them."""
    published = verdict(of(*batches, **changed), NOW, known)
    assert (published.outcome == "lost") == bool(published.losses)
    return list(msgspec.json.decode(msgspec.json.encode(published), type=CensusVerdict).losses)


def test_a_platform_that_has_brought_everything_on_holds() -> None:
    assert verdict(of(), NOW) == CensusVerdict(
        "holds",
        NOW,
        "a census of the topic: 100 messages are filed, and each of the newest 100 that were looked up is in the table",
        [],
        "census",
        [],
    )


@pytest.mark.parametrize(
    ("changed", "rows", "says", "loss"),
    [
        (
            {"filed": 90, "object_end": 90},
            10,
            "10 messages of order-lines-0 were read or expired, and are not filed",
            LostMessages(0, 1, 90, 100),
        ),
        (
            {"epoch": 0, "filed": 0, "object_end": None},
            100,
            "100 messages of order-lines-0 were read or expired, and are not filed",
            LostMessages(0, 0, 0, 100),
        ),
        (
            {"filed": 50, "object_end": 50, "read_by_archive": 50, "start": 60},
            10,
            "10 messages of order-lines-0 were",
            LostMessages(0, 1, 50, 60),
        ),
        (
            {"end": 40, "read_by_archive": 40, "read_by_tables": 40},
            60,
            "was made anew: the ledger is 60 messages ahead",
            RecreatedTopic(0, 1, 60),
        ),
        (
            {"object_end": None},
            1,
            "the raw object of order-lines-0 that ends before offset 100 is gone",
            LostObject(0, 1, 99, 100, 7),
        ),
        (
            {"object_end": 80},
            20,
            "the raw object of order-lines-0 that ends before offset 100 is gone or another one",
            LostObject(0, 1, 80, 100, 7),
        ),
        ({"absent": KEYS}, 3, "3 of the newest 100 lines of order-lines-0 are not in the table", LostLines(0, KEYS)),
    ],
)
def test_what_was_read_and_is_not_there_is_lost(changed: dict[str, Any], rows: int, says: str, loss: Loss) -> None:
    found = judged(**changed)[0]
    assert (found[0], says in found[1], found[2]) == (rows, True, True)
    assert lost(**changed) == [loss]


@pytest.mark.parametrize(
    ("changed", "loss"),
    [
        # the group was set back: what it has not read again is not filed yet
        ({"filed": 90, "object_end": 90, "read_by_archive": 90}, LostMessages(0, 1, 90, 100)),
        # the new topic has more messages than the old one, and the ledger is still in its epoch
        ({}, RecreatedTopic(0, 1, 60)),
        ({"still_gone": [LostObject(0, 1, 20, 40, 3)]}, LostObject(0, 1, 20, 40, 3)),
        ({"still_absent": KEYS}, LostLines(0, KEYS)),
    ],
)
def test_a_loss_stays_while_its_place_is_not_whole_whatever_came_after_it(changed: dict[str, Any], loss: Loss) -> None:
    assert lost(known=[loss], **changed) == [loss]


@pytest.mark.parametrize(
    ("changed", "loss"),
    [
        ({"filed": 100}, LostMessages(0, 1, 90, 100)),
        ({"filed": 100}, LostMessages(0, 0, 0, 100)),
        ({"filed": 90, "object_end": 90, "read_by_archive": 90, "given_up": [(90, 100)]}, LostMessages(0, 1, 90, 100)),
        ({"epoch": 2}, RecreatedTopic(0, 1, 60)),
        ({}, LostObject(0, 1, 20, 40, 3)),
        ({}, LostLines(0, KEYS)),
    ],
)
def test_a_loss_is_forgotten_once_its_place_was_seen_whole(changed: dict[str, Any], loss: Loss) -> None:
    assert lost(known=[loss], **changed) == []


def test_what_a_new_epoch_or_a_smaller_topic_hides_stays_lost() -> None:
    unfiled = LostMessages(0, 1, 90, 100)
    assert lost(known=[unfiled], epoch=2) == [unfiled]
    elsewhere = LostLines(5, KEYS)
    assert lost(known=[elsewhere]) == [elsewhere]


def test_the_newest_object_that_is_still_gone_is_one_loss() -> None:
    gone = LostObject(0, 1, 80, 100, 7)
    assert lost(known=[gone], object_end=80, still_gone=[gone]) == [gone]


def test_a_verdict_keeps_a_bounded_number_of_missing_lines() -> None:
    many = [("1", str(number)) for number in range(MOST_KEPT + 5)]
    assert lost(still_absent=many) == [LostLines(0, many[:MOST_KEPT])]
    assert judged(still_absent=many)[0][0] == MOST_KEPT + 5


def test_what_an_operator_gave_up_is_not_lost() -> None:
    assert judged(filed=50, object_end=50, read_by_archive=50, start=60, given_up=[(50, 60)]) == [
        (50, "50 messages are not filed yet", False)
    ]
    assert judged(object_end=80, given_up=[(90, 100), (80, 90)]) == []


def test_what_consumers_and_jobs_have_not_brought_on_is_due() -> None:
    found = judged(BatchCount("b", 7, 7), unloaded=7, filed=90, object_end=90, read_by_archive=90, read_by_tables=60)
    assert found == [
        (10, "10 messages are not filed yet", False),
        (40, "40 messages are not in the tables yet", False),
        (7, "7 lines are not in the warehouse yet", False),
    ]


def test_a_lake_that_holds_less_after_a_batch_than_all_batches_added_has_lost_lines() -> None:
    a, b = BatchCount("a", 100, 100), BatchCount("b", 10, 60)
    assert judged(a, b) == [(50, "the lake lost 50 lines before the batch b", True)]
    assert lost(a, b) == [LostFromLake("b", 110)]
    assert judged(a, BatchCount("b", 10, 110)) == []


def test_the_lake_has_lost_lines_until_a_count_says_that_they_were_put_back() -> None:
    known = [LostFromLake("b", 110)]
    b, c = BatchCount("b", 10, 60), BatchCount("c", 5, 65)
    assert lost(b, c, known=known) == [LostFromLake("c", 115)]
    assert lost(b, known=known) == known
    # the batch before the loss is no longer among the newest
    assert lost(b, BatchCount("b", 0, 100), known=known) == [LostFromLake("b", 110)]
    assert lost(b, BatchCount("b", 0, 110), known=known) == []
    assert lost(b, BatchCount("b", 0, 110), BatchCount("c", 5, 115), known=known) == []


def test_only_a_broken_verdict_that_names_no_place_stays_in_its_place() -> None:
    of_files = msgspec.json.decode(
        msgspec.json.encode(PublishedVerdict("lost", NOW, "5 rows are lost", [])), type=CensusVerdict
    )
    assert stands(of_files)
    assert not stands(replace(of_files, outcome="due"))
    assert not stands(replace(of_files, losses=[RecreatedTopic(0, 1, 60)]))
    assert not stands(None)
