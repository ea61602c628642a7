"""Lost lines are told apart from those that are due, and lines of other files from those of these."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from commerce.lines import OrderLine
from operations.reconcile.hops.names import BY_DEFAULT, HOPS
from operations.reconcile.verdict import Outcome, Verdict
from tests.operations.platform import ARCHIVE, TABLES, Platform, a_platform, broken, on, reconciled
from tests.operations.reconcile.test_judge import some_lines
from tests.orders import a_line

OURS, OTHERS = some_lines(50, 7)[:30], some_lines(50, 7)[30:]


def judged(platform: Platform, hops: Sequence[str] = HOPS, *, exact: bool = False) -> Verdict:
    """The verdict on our lines."""
    return reconciled(platform, OURS, hops, exact=exact)


def a_loaded_platform(lines: Sequence[OrderLine]) -> Platform:
    """A platform whose every store holds the lines, all of which came by the stream."""
    platform = a_platform(lines)
    platform.incoming.taken = []
    platform.lake.rows, platform.warehouse.rows = list(lines), list(lines)
    return platform


def due(verdict: Verdict) -> dict[str, dict[tuple[str, ...], int]]:
    """By rule: how many are due after which steps."""
    return {
        rule.name: {tuple(step.words for step in steps): found.count for steps, found in rule.due.items()}
        for rule in verdict.rules
        if rule.due
    }


def lost(verdict: Verdict) -> dict[str, int]:
    return {rule.name: rule.against.count for rule in verdict.rules if rule.is_broken}


@pytest.mark.parametrize("hops", [HOPS, BY_DEFAULT, ["csv", "dynamodb", "lake"], ["csv", "lake"]])
def test_lines_that_other_files_brought_are_told_and_no_fault_unless_the_verdict_is_exact(hops: Sequence[str]) -> None:
    platform = a_loaded_platform([*OURS, *OTHERS])
    verdict = judged(platform, hops)
    assert (verdict.outcome, verdict.facts["other_lines"]) == (Outcome.HOLDS, len(OTHERS))
    assert [len(hop.surplus) for hop in verdict.hops] == [0] + [len(OTHERS)] * (len(hops) - 1)
    exact = judged(platform, hops, exact=True)
    assert exact.outcome is Outcome.LOST
    assert set(lost(exact).values()) == {len(OTHERS)}


def test_lines_that_came_by_the_stream_and_by_incoming_agree_in_every_store() -> None:
    platform = a_loaded_platform([*OURS, *OTHERS[:10]])
    platform.incoming.taken = list(OTHERS[8:])
    platform.put(OTHERS)
    platform.lake.rows = platform.warehouse.rows = [*OURS, *OTHERS]
    verdict = judged(platform)
    assert (verdict.outcome, verdict.facts["other_lines"]) == (Outcome.HOLDS, len(OTHERS))


def lose_from_lake(platform: Platform) -> str:
    platform.lake.rows.remove(OTHERS[0])
    return "lake-others"


def lose_from_redshift(platform: Platform) -> str:
    platform.warehouse.rows.remove(OTHERS[0])
    return "redshift-others"


def lose_from_dynamodb(platform: Platform) -> str:
    del platform.invoice_items[next(key for key in platform.invoice_items if key[1].endswith(OTHERS[0].LineId))]
    return "dynamodb-others"


def stray(rows: list[OrderLine]) -> None:
    rows.append(a_line(InvoiceNo="999999", InvoiceDate=OURS[0].InvoiceDate))


def stray_into_lake(platform: Platform) -> str:
    stray(platform.lake.rows)
    return "lake-others"


def stray_into_redshift(platform: Platform) -> str:
    stray(platform.warehouse.rows)
    return "redshift-others"


def stray_into_dynamodb(platform: Platform) -> str:
    platform.put([a_line(InvoiceNo="999999", InvoiceDate=OURS[0].InvoiceDate)])
    return "dynamodb-others"


@pytest.mark.parametrize(
    "break_it",
    [lose_from_dynamodb, lose_from_lake, lose_from_redshift, stray_into_dynamodb, stray_into_lake, stray_into_redshift],
)
def test_a_store_that_disagrees_on_a_line_of_another_file_is_named(break_it: Callable[[Platform], str]) -> None:
    platform = a_loaded_platform([*OURS, *OTHERS])
    named = break_it(platform)
    verdict = judged(platform)
    assert (verdict.outcome, lost(verdict).get(named)) == (Outcome.LOST, 1)
    assert set(lost(verdict)) <= {named, "customers"}


def test_where_not_all_that_came_is_known_the_stores_are_compared_with_one_another() -> None:
    platform = a_loaded_platform([*OURS, *OTHERS])
    platform.lake.rows.remove(OTHERS[0])
    stray_into_redshift(platform)
    assert lost(judged(platform, ["csv", "lake", "redshift"])) == {"lake-others": 2}


def test_a_line_of_another_day_is_not_compared() -> None:
    platform = a_loaded_platform(OURS)
    platform.lake.rows.append(on(OURS[0], date(2011, 7, 7)))
    assert judged(platform).outcome is Outcome.HOLDS


def test_a_line_of_another_file_that_is_published_meanwhile_is_nothing_that_nothing_brought() -> None:
    platform = a_loaded_platform(OURS)
    began = platform.all_bounds()
    late = a_line(InvoiceNo="999999", InvoiceDate=OURS[0].InvoiceDate)
    platform.publish_line(late)
    platform.put([late])
    assert reconciled(platform, OURS, HOPS, began, exact=False).outcome is Outcome.HOLDS


def test_while_rows_of_the_files_arrive_what_the_topic_lacks_is_due_and_what_it_held_is_lost() -> None:
    platform = a_loaded_platform(OURS[:10])
    began = platform.all_bounds()
    for line in OURS[10:12]:
        platform.publish_line(line)
    verdict = reconciled(platform, OURS, HOPS, began, exact=False)
    arriving = {("no more rows of these files arrive",): len(OURS) - 10}
    assert (verdict.outcome, due(verdict)["topic-lines"]) == (Outcome.DUE, arriving)
    assert due(verdict)["dynamodb-lines"] == due(verdict)["redshift-lines"] == arriving
    platform.warehouse.rows.pop()
    assert lost(reconciled(platform, OURS, HOPS, began, exact=False)) == {"redshift-lines": 1}


def test_a_replay_after_curate_is_due_in_the_lake_and_the_warehouse() -> None:
    platform = a_loaded_platform(OURS[:10])
    before = set(platform.objects)
    for line in OURS[10:]:
        message = platform.publish_line(line)
        platform.archive(message.partition, [message])
    platform.put(OURS)
    platform.untaken_keys = set(platform.objects) - before
    verdict = judged(platform)
    assert verdict.outcome is Outcome.DUE
    assert due(verdict) == {"lake-lines": {("curate",): 20}, "redshift-lines": {("curate", "load_warehouse"): 20}}
    # but a line that curate took is lost
    platform.lake.rows.pop()
    assert lost(judged(platform)) == {"lake-lines": 1}


def test_a_loaded_row_that_is_gone_is_lost_although_a_waiting_file_will_bring_it_again() -> None:
    platform = a_loaded_platform(OURS)
    platform.untaken = [OURS[0]]
    platform.warehouse.rows.remove(OURS[0])
    platform.gone_from_redshift = 1
    verdict = judged(platform)
    assert verdict.outcome is Outcome.LOST
    assert lost(verdict) == {"redshift-lines": 1}
    platform.gone_from_redshift = 0
    assert judged(platform).outcome is Outcome.DUE


def test_lines_of_other_files_that_curate_has_not_taken_are_due() -> None:
    platform = a_loaded_platform(OURS)
    message = platform.publish_line(OTHERS[0])
    platform.untaken_keys = {platform.archive(message.partition, [message])}
    platform.put([OTHERS[0]])
    verdict = judged(platform)
    assert verdict.outcome is Outcome.DUE
    assert due(verdict) == {"lake-others": {("curate",): 1}, "redshift-others": {("curate", "load_warehouse"): 1}}


def test_a_dropped_file_that_curate_has_not_taken_is_due_everywhere() -> None:
    platform = a_loaded_platform(OURS[1:])
    platform.untaken = [OURS[0]]
    verdict = judged(platform)
    assert verdict.outcome is Outcome.DUE
    assert due(verdict) == {
        "topic-lines": {("curate",): 1},
        "dynamodb-lines": {("curate", "load_tables"): 1},
        "lake-lines": {("curate",): 1},
        "redshift-lines": {("curate", "load_warehouse"): 1},
    }
    assert [step.words for step in verdict.steps] == ["curate", "load_tables", "load_warehouse"]


def test_a_batch_that_a_load_job_has_not_loaded_is_due_in_its_store_alone() -> None:
    platform = a_loaded_platform(OURS[2:])
    platform.incoming.taken = list(OURS[:2])
    platform.lake.rows = list(OURS)
    platform.unloaded_lines = {"tables": list(OURS[:2]), "warehouse": list(OURS[:2])}
    verdict = judged(platform)
    assert verdict.outcome is Outcome.DUE
    assert due(verdict) == {"dynamodb-lines": {("load_tables",): 2}, "redshift-lines": {("load_warehouse",): 2}}
    # one that its ledger holds is lost
    platform.unloaded_lines["warehouse"].pop()
    verdict = judged(platform)
    assert (verdict.outcome, lost(verdict)) == (Outcome.LOST, {"redshift-lines": 1})
    assert due(verdict) == {"dynamodb-lines": {("load_tables",): 2}, "redshift-lines": {("load_warehouse",): 1}}


def test_what_a_consumer_has_not_read_is_due_with_its_summaries_and_its_quarantine() -> None:
    platform = a_platform(OURS[5:])
    platform.committed = {group: platform.ends() for group in (ARCHIVE, TABLES)}
    for line in OURS[:5]:
        platform.publish_line(line)
    platform.publish(b"no line", b"?", 0)
    platform.put(OURS[:1])  # a batch that is half written: its line is there, its summary not
    platform.customer_items.pop((OURS[0].CustomerID or 0, OURS[0].InvoiceNo), None)
    verdict = judged(platform, BY_DEFAULT)
    assert verdict.outcome is Outcome.DUE
    found = due(verdict)
    assert found["dynamodb-lines"] == {(TABLES,): 4}
    assert found["s3-deliveries"] == {(ARCHIVE,): 6}
    assert found["quarantine"] == {(TABLES,): 1}
    assert set(found) <= {"dynamodb-lines", "s3-deliveries", "quarantine", "customers"}


def test_what_a_consumer_has_read_is_lost() -> None:
    platform = a_platform(OURS[5:])
    for line in OURS[:5]:
        platform.publish_line(line)
    verdict = judged(platform, BY_DEFAULT)
    assert lost(verdict) == {"dynamodb-lines": 5, "s3-deliveries": 5}
    assert due(verdict) == {}


def test_what_the_ledger_of_the_archive_is_past_is_lost_although_its_group_has_not_committed_it() -> None:
    platform = a_platform(OURS)
    platform.committed = {ARCHIVE: dict.fromkeys(platform.topic, 0)}
    key = max(platform.objects)
    del platform.objects[key]
    assert set(lost(judged(platform, BY_DEFAULT))) == {"s3-deliveries"}


def test_a_line_that_never_came_is_lost_although_others_are_due() -> None:
    platform = a_loaded_platform(OURS[2:])
    platform.untaken = [OURS[0]]
    verdict = judged(platform)
    assert verdict.outcome is Outcome.LOST
    assert lost(verdict) == dict.fromkeys(["topic-lines", "dynamodb-lines", "lake-lines", "redshift-lines"], 1)


def test_an_exact_verdict_knows_what_is_due_too() -> None:
    platform = a_loaded_platform(OURS[1:])
    platform.untaken = [OURS[0]]
    assert judged(platform, exact=True).outcome is Outcome.DUE
    assert broken(judged(platform, exact=True)) == {"topic-lines", "dynamodb-lines", "lake-lines", "redshift-lines"}


def test_a_store_that_was_filled_and_is_empty_now_has_lost_its_lines_and_is_named() -> None:
    platform = a_loaded_platform([*OURS, *OTHERS])
    platform.lake.rows = platform.warehouse.rows = []
    verdict = judged(platform)
    assert (verdict.outcome, verdict.facts["emptied"]) == (Outcome.LOST, ["lake", "redshift"])
    assert lost(verdict) == {
        "lake-lines": len(OURS),
        "lake-others": len(OTHERS),
        "redshift-lines": len(OURS),
        "redshift-others": len(OTHERS),
    }
    # one that its job has not loaded at all yet is due, and no more
    platform.untaken_keys = set(platform.objects)
    assert (judged(platform).outcome, judged(platform).facts["emptied"]) == (Outcome.DUE, [])


def test_a_line_that_the_raw_archive_has_not_read_is_no_stray_where_the_topic_is_not_judged() -> None:
    platform = a_loaded_platform(OURS)
    platform.committed = {ARCHIVE: platform.ends()}
    platform.publish_line(OTHERS[0])
    platform.put([OTHERS[0]])
    verdict = judged(platform, ["csv", "s3", "dynamodb"])
    assert (verdict.outcome, lost(verdict)) == (Outcome.HOLDS, {})


def test_a_line_of_another_file_that_curate_takes_meanwhile_is_no_stray() -> None:
    platform = a_loaded_platform(OURS)
    # read as it was when the reconciliation began: not taken then
    platform.untaken = [OTHERS[0]]
    platform.lake.rows.append(OTHERS[0])
    verdict = judged(platform, ["csv", "topic", "s3", "lake"])
    assert (verdict.outcome, lost(verdict)) == (Outcome.HOLDS, {})


def test_a_line_that_is_published_meanwhile_is_not_compared_where_not_all_that_came_is_known() -> None:
    platform = a_loaded_platform(OURS)
    began = platform.all_bounds()
    platform.publish_line(OTHERS[0])
    platform.lake.rows.append(OTHERS[0])  # the lake was read after the tables
    verdict = reconciled(platform, OURS, ["csv", "dynamodb", "lake"], began, exact=False)
    assert (verdict.outcome, lost(verdict)) == (Outcome.HOLDS, {})


def test_where_the_brokers_were_not_asked_nothing_is_a_stray_and_the_stores_are_compared() -> None:
    platform = a_loaded_platform(OURS)
    platform.lake.rows.append(OTHERS[0])
    platform.warehouse.rows.append(OTHERS[0])
    hops = ["csv", "s3", "lake", "redshift"]
    assert set(lost(judged(platform, hops))) == {"lake-others", "redshift-others"}
    assert reconciled(platform, OURS, hops, {}, exact=False).outcome is Outcome.HOLDS
    platform.lake.rows.pop()
    assert lost(reconciled(platform, OURS, hops, {}, exact=False)) == {"lake-others": 1}


@pytest.mark.parametrize("hops", [BY_DEFAULT, ["csv", "s3"]])
def test_a_message_that_is_no_line_is_due_in_quarantine_until_it_is_read(hops: Sequence[str]) -> None:
    platform = a_platform(OURS)
    platform.committed = {TABLES: platform.ends()}
    message = platform.publish(b"no line", b"?", 0)
    platform.archive(0, [message])
    assert due(judged(platform, hops)) == {"quarantine": {(TABLES,): 1}}
    platform.committed = {}
    assert lost(judged(platform, hops)) == {"quarantine": 1}
