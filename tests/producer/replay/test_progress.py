"""How far a replay has come, whatever the order in which its requests end."""

from hypothesis import given
from hypothesis import strategies as st

from producer.replay.plan import Batch, Reject, Row, Shipment
from producer.replay.progress import Counts, Leading, Outcome, Progress
from tests.orders import a_line

LINE = a_line()


def batch(file: int, first: int, rows: int) -> Batch:
    made = tuple(Shipment(Row(0, [], LINE, (), "", file, first + at), LINE, b"") for at in range(rows))
    return Batch(file, first + rows, made, ())


def outcome(batch: Batch, rejected: int, unsent: int) -> Outcome:
    rows = [shipment.row for shipment in batch.shipments]
    rejects = tuple(Reject(row, ()) for row in rows[:rejected])
    return Outcome(len(rows) - rejected - unsent, rejects, unsent, 0)


plans = st.lists(st.lists(st.integers(1, 5), max_size=5), min_size=1, max_size=4)


@given(plans, st.data())
def test_the_leading_rows_are_settled_and_every_settled_leading_row_is_counted(
    sizes: list[list[int]], data: st.DataObject
) -> None:
    made = [
        batch(file, sum(of_file[:at]), rows) for file, of_file in enumerate(sizes) for at, rows in enumerate(of_file)
    ]
    outcomes = {
        id(each): outcome(
            each, data.draw(st.integers(0, len(each.shipments))), data.draw(st.sampled_from([0, 0, 0, 1]))
        )
        for each in made
        if len(each.shipments)
    }
    outcomes = {
        key: Outcome(max(0, ending.accepted), ending.rejected[: -ending.unsent or None], ending.unsent, 0)
        for key, ending in outcomes.items()
    }
    progress = Progress([Leading()] * len(sizes))
    for each in made:
        progress.begin(each)
    ended: set[int] = set()
    order: list[Reject] = []
    for each in data.draw(st.permutations(made)):
        for rejects in progress.end(each, outcomes[id(each)]):
            order += rejects
        ended.add(id(each))
        for file in range(len(sizes)):
            leading, accepted, rejected = 0, 0, 0
            for before in made:
                ending = outcomes[id(before)]
                if id(before) not in ended or ending.unsent:
                    break
                if before.file == file:
                    leading, accepted = before.end, accepted + ending.accepted
                    rejected += len(ending.rejected)
            assert progress.leading[file] == Leading(leading, accepted, rejected)
    assert progress.waiting == 0
    assert [(reject.row.file, reject.row.before) for reject in order] == sorted(
        (reject.row.file, reject.row.before) for ending in outcomes.values() for reject in ending.rejected
    )
    assert progress.halted == any(ending.unsent for ending in outcomes.values())


def test_counts_begin_with_what_was_settled_before() -> None:
    progress = Progress([Leading(10, 6, 1), Leading(5, 5, 0)])
    assert progress.counts == Counts(rows=12, accepted=11, rejected=1)
    third = batch(0, 10, 3)
    progress.begin(third)
    progress.end(third, Outcome(2, (Reject(third.shipments[0].row, ()),), 0, 2))
    assert progress.counts == Counts(rows=15, accepted=13, rejected=2, retried=2)
    assert progress.leading[0] == Leading(13, 8, 2)


def test_nothing_leads_behind_a_batch_that_is_not_settled() -> None:
    first, second = batch(0, 0, 2), batch(0, 2, 2)
    progress = Progress([Leading()])
    progress.begin(first)
    progress.begin(second)
    assert progress.end(second, Outcome(2, (), 0, 0)) == []
    assert progress.leading == [Leading()]
    progress.end(first, Outcome(2, (), 0, 0))
    assert progress.leading == [Leading(4, 4, 0)]


def test_what_is_read_and_under_way_is_not_counted_as_done() -> None:
    assert Counts().through(0.0) == 0.0
    assert Counts(rows=3_000).through(1.0) == 0.0
    assert Counts(rows=3_000, accepted=2_000, rejected=1_000).through(1.0) == 1.0
    assert Counts(rows=3_000).through(None) is None
