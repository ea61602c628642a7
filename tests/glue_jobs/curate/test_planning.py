"""The plan of a batch names the inputs that it reads, and its record what was added; both are values."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from commerce.batches.records import Input, Manifest, Outcome, Plan, Taken
from glue_jobs.curate.planning import (
    FILES_BYTES,
    TASK_BYTES,
    TASK_OBJECTS,
    Done,
    bundles,
    joined,
    outcome,
    plan,
    restored_together,
    spans,
    tasks,
)


def a_file(name: str, etag: str = "e", size: int = 1) -> Input:
    return Input(f"incoming/{name}", etag, size)


def an_object(number: int, size: int = 1) -> Input:
    return Input(f"raw/order-lines/{number:06}", "e", size)


def test_a_plan_holds_what_was_not_taken_by_key() -> None:
    files = [a_file("b"), a_file("a", "new"), a_file("c")]
    taken = {a_file("c").identity, a_file("a", "old").identity}
    assert plan("1", files, [an_object(1)], taken) == Plan("1", (a_file("a", "new"), a_file("b")), (an_object(1),))


def test_small_files_share_a_task_and_so_do_small_objects() -> None:
    large = a_file("c", size=FILES_BYTES)
    made = tasks(Plan("1", (a_file("a", size=5), a_file("b", size=9), large), (an_object(1), an_object(2))))
    assert [(task.source, task.number, len(task.inputs)) for task in made] == [
        ("incoming", 1, 1),
        ("incoming", 0, 2),
        ("stream", 0, 2),
    ]


@given(st.lists(st.integers(0, TASK_BYTES * 2), max_size=50) | st.just([1] * (TASK_OBJECTS * 2 + 1)))
def test_every_object_is_in_one_task_and_no_task_holds_too_much(sizes: list[int]) -> None:
    objects = [an_object(number, size) for number, size in enumerate(sizes)]
    made = tasks(Plan("1", (), tuple(objects)))
    assert sorted(found for task in made for found in task.inputs) == objects
    for task in made:
        assert len(task.inputs) == 1 or sum(found.bytes for found in task.inputs) <= TASK_BYTES
        assert len(task.inputs) <= TASK_OBJECTS


def test_many_tasks_share_few_bundles_and_the_greatest_come_first() -> None:
    dealt = bundles(tasks(Plan("b", tuple(a_file(f"{n}.csv", size=FILES_BYTES + n) for n in range(1, 8)), ())), most=3)

    sizes = [[task.inputs[0].bytes - FILES_BYTES for task in bundle] for bundle in dealt]
    assert sizes == [[7, 4, 1], [6, 3], [5, 2]]


def test_few_tasks_have_a_bundle_each() -> None:
    some = tasks(Plan("b", (a_file("1.csv", size=FILES_BYTES), a_file("2.csv", size=FILES_BYTES)), ()))

    assert bundles(some, most=32) == [[task] for task in some]


def test_an_outcome_is_in_the_order_of_the_plan_whichever_task_was_done_first() -> None:
    a, b, c = (Taken(key, "e", 1, 1, 0) for key in ("incoming/a", "incoming/b", "raw/c"))
    december, january = date(2010, 12, 1), date(2011, 1, 1)
    done = [
        Done("stream", 0, (c,), "staged/c", (january,)),
        Done("incoming", 2, (), None, ()),
        Done("incoming", 1, (b,), None, ()),
        Done("incoming", 0, (a,), "staged/a", (december, january)),
    ]
    assert outcome(done) == Outcome((a, b), (c,), ("staged/a",), ("staged/c",), (december, january))


def test_months_that_follow_each_other_are_one_span() -> None:
    months = [date(2010, 12, 1), date(2011, 2, 1), date(2011, 1, 1), date(2099, 12, 1)]
    assert spans(months) == [(date(2010, 12, 1), date(2011, 3, 1)), (date(2099, 12, 1), date(2100, 1, 1))]
    assert spans([]) == []


@given(st.lists(st.integers(0, 7), max_size=30))
def test_batches_with_lines_are_restored_in_order_and_as_many_together_as_there_is_room(lines: list[int]) -> None:
    batches = [
        Manifest(f"{n:02}", n, 0, Outcome((), (Taken(f"raw/{n}", "e", it, it, 0),), (), (f"s/{n}",), ()))
        for n, it in enumerate(lines)
    ]
    groups = list(restored_together(batches, most=5))
    assert [it for group in groups for it in group] == [it for it, held in zip(batches, lines, strict=True) if held]
    sums = [sum(lines[int(it.batch)] for it in group) for group in groups]
    assert all(len(group) == 1 or held <= 5 for group, held in zip(groups, sums, strict=True))
    firsts = [lines[int(group[0].batch)] for group in groups[1:]]
    assert all(held + first > 5 for held, first in zip(sums, firsts, strict=False))


def test_outcomes_are_joined_with_all_that_was_staged_and_each_month_once() -> None:
    december, january = date(2010, 12, 1), date(2011, 1, 1)
    a, b = (Taken(key, "e", 1, 1, 0) for key in ("incoming/a", "raw/b"))
    one = Outcome((a,), (), ("s/1",), (), (december,))
    other = Outcome((), (b,), (), ("s/2",), (december, january))
    assert joined([one, other]) == Outcome((a,), (b,), ("s/1",), ("s/2",), (december, january))
