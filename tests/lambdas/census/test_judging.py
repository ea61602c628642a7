"""A census calls some differences lost and others due."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from commerce.verdicts import PublishedVerdict
from lambdas.census.counts import BatchCount, Counts, PartitionCount
from lambdas.census.judging import findings, stands, verdict

NOW = datetime(2026, 11, 29, 20, tzinfo=UTC)
WHOLE = PartitionCount(
    partition=0, start=0, end=100, filed=100, object_end=100, given_up=(), read_by_archive=100, read_by_tables=100,
    looked_up=100, absent=0,
)  # fmt: skip


def of(*batches: BatchCount, unloaded: int = 0, **changed: Any) -> Counts:
    return Counts("order-lines", [replace(WHOLE, **changed)], batches, unloaded)


def judged(*batches: BatchCount, **changed: Any) -> list[tuple[int, str, bool]]:
    return [(it.rows, it.sentence, it.lost) for it in findings(of(*batches, **changed))]


def test_a_platform_that_has_brought_everything_on_holds() -> None:
    assert verdict(of(), NOW) == PublishedVerdict(
        "holds",
        NOW,
        "a census of the topic: 100 messages are filed, and each of the newest 100 that were looked up is in the table",
        [],
        "census",
    )


@pytest.mark.parametrize(
    ("changed", "rows", "says"),
    [
        ({"filed": 90, "object_end": 90}, 10, "10 messages of order-lines-0 were read or expired, and are not filed"),
        (
            {"filed": 0, "object_end": None},
            100,
            "100 messages of order-lines-0 were read or expired, and are not filed",
        ),
        ({"filed": 50, "object_end": 50, "read_by_archive": 50, "start": 60}, 10, "10 messages of order-lines-0 were"),
        (
            {"end": 40, "read_by_archive": 40, "read_by_tables": 40},
            60,
            "was made anew: the ledger is 60 messages ahead",
        ),
        ({"object_end": None}, 1, "the raw object of order-lines-0 that ends before offset 100 is gone"),
        ({"object_end": 80}, 20, "the raw object of order-lines-0 that ends before offset 100 is gone or another one"),
        ({"absent": 3}, 3, "3 of the newest 100 lines of order-lines-0 are not in the table"),
    ],
)
def test_what_was_read_and_is_not_there_is_lost(changed: dict[str, Any], rows: int, says: str) -> None:
    found = judged(**changed)[0]
    assert (found[0], says in found[1], found[2]) == (rows, True, True)
    assert verdict(of(**changed), NOW).outcome == "lost"


def test_what_an_operator_gave_up_is_not_lost() -> None:
    assert judged(filed=50, object_end=50, read_by_archive=50, start=60, given_up=[(50, 60)]) == [
        (50, "50 messages are not filed yet", False)
    ]


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
    # `curate --again` puts lines back: more than the batches added is as it should be
    assert judged(a, b, BatchCount("c", 1, 111)) == judged(a, BatchCount("b", 10, 110)) == []


def test_only_a_broken_verdict_on_files_stays_in_its_place() -> None:
    of_files = PublishedVerdict("lost", NOW, "5 rows are lost", [])
    assert stands(of_files)
    assert not stands(replace(of_files, outcome="due"))
    assert not stands(replace(of_files, origin="census"))
    assert not stands(None)
