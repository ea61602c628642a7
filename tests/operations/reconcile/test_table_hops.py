"""The hops lake and redshift, and the dropped files: a right platform agrees, and each way to break one is named."""

from datetime import date
from random import Random

import msgspec
import pytest

from commerce.lines import OrderLine
from operations.reconcile.hops.names import HOPS, LATER
from tests.operations.platform import Platform, Rows, a_platform, broken, on, reconciled
from tests.operations.reconcile.test_judge import some_lines
from tests.orders import a_line


def mixed(lines: list[OrderLine], seed: int) -> Platform:
    """A platform to which some lines came by the stream, some by files, some by both; all are curated and loaded."""
    random = Random(seed)
    ways = [random.choice([(True, False), (False, True), (True, True)]) for _ in lines]
    platform = a_platform([line for line, (stream, _) in zip(lines, ways, strict=True) if stream], seed=seed)
    platform.incoming.taken = [line for line, (_, file) in zip(lines, ways, strict=True) if file]
    platform.put(lines)
    for table in (platform.lake, platform.warehouse):
        table.rows = random.sample(lines, len(lines))
    return platform


@pytest.mark.parametrize("seed", range(5))
def test_lines_that_came_by_either_way_agree_in_every_hop(seed: int) -> None:
    lines = some_lines(60, seed)
    verdict = reconciled(mixed(lines, seed), lines, HOPS)
    assert verdict.agree, verdict.answer()
    hops = {hop.name: hop for hop in verdict.hops}
    assert hops["redshift"].counts == hops["lake"].counts == hops["dynamodb"].counts == hops["csv"].counts
    assert 0 < hops["topic"].counts.lines < len(lines)
    assert verdict.facts["incoming"] > 0


def test_lines_that_came_by_files_alone_agree() -> None:
    lines = some_lines(30)
    platform = Platform()
    platform.incoming.taken = [*lines, *lines[:10]]  # some in two files
    platform.put(lines)
    platform.lake.rows = platform.warehouse.rows = list(lines)
    assert reconciled(platform, lines, HOPS).agree
    assert reconciled(platform, lines, ["csv", "s3"]).agree


def test_a_line_that_neither_the_topic_nor_a_file_holds_is_missing() -> None:
    lines = some_lines(60)
    platform = mixed(lines, 1)
    taken = platform.incoming.taken or []
    held = {
        line.line_id for hop in reconciled(platform, lines, HOPS).hops if hop.name == "topic" for line in hop.missing
    }
    assert held == set()
    alone = next(line for line in taken if line not in _published(platform, lines))
    platform.incoming.taken = [line for line in taken if line != alone]
    verdict = reconciled(platform, lines, HOPS)
    assert broken(verdict) == {"topic-lines"}
    assert next(hop for hop in verdict.hops if hop.name == "topic").answer()["missing"] == [alone.LineId]


def _published(platform: Platform, lines: list[OrderLine]) -> list[OrderLine]:
    values = {message.value for messages in platform.topic.values() for message in messages}
    return [line for line in lines if any(value and line.LineId.encode() in value for value in values)]


def test_a_line_that_was_taken_from_a_file_that_is_not_here_is_named() -> None:
    lines = some_lines(30)
    platform = mixed(lines, 2)
    stranger = a_line(InvoiceNo="999999", InvoiceDate=lines[0].InvoiceDate)
    platform.incoming.taken = [*(platform.incoming.taken or []), stranger]
    verdict = reconciled(platform, lines)
    assert broken(verdict) == {"topic-lines"}
    assert next(rule for rule in verdict.rules if not rule.holds).against.examples == [
        f"{stranger.LineId} (invoice 999999, 15.300) was taken from incoming/ and is in no file"
    ]
    # of another day it is none of this reconciliation's business
    platform.incoming.taken[-1] = on(stranger, date(2011, 7, 7))
    assert reconciled(platform, lines).agree


def table(platform: Platform, hop: str) -> Rows:
    """The rows that a hop reads."""
    return {"lake": platform.lake, "redshift": platform.warehouse}[hop]


@pytest.mark.parametrize("hop", LATER)
def test_each_way_to_break_a_table_is_named(hop: str) -> None:
    lines = some_lines(40)
    lost = mixed(lines, 3)
    table(lost, hop).rows.pop()
    assert broken(reconciled(lost, lines, HOPS)) == {f"{hop}-lines"}
    twice = mixed(lines, 3)
    table(twice, hop).rows.append(table(twice, hop).rows[0])
    assert broken(reconciled(twice, lines, HOPS)) == {f"{hop}-rows"}
    changed = mixed(lines, 3)
    table(changed, hop).rows[0] = msgspec.structs.replace(table(changed, hop).rows[0], Quantity=77)
    assert broken(reconciled(changed, lines, HOPS)) == {f"{hop}-rows", f"{hop}-lines"}
    surplus = mixed(lines, 3)
    table(surplus, hop).rows.append(a_line(InvoiceNo="999999", InvoiceDate=lines[0].InvoiceDate))
    assert broken(reconciled(surplus, lines, HOPS)) == {f"{hop}-lines"}
    empty = mixed(lines, 3)
    table(empty, hop).rows = []
    assert broken(reconciled(empty, lines, ["csv", hop])) == {f"{hop}-lines"}


def test_the_tables_are_judged_by_customer_invoice_and_rows_too() -> None:
    lines = some_lines(60)
    platform = mixed(lines, 4)
    for hop in LATER:
        table(platform, hop).rows += [on(line, date(2011, 7, 7)) for line in lines]
    for selection in ({"customer": 12_346}, {"invoice": lines[0].InvoiceNo}, {"rows": 7}, {"since": date(2010, 12, 2)}):
        assert reconciled(platform, lines, HOPS, None, **selection).agree, selection


def test_where_they_are_not_named_the_tables_are_not_read() -> None:
    lines = some_lines(10)
    platform = a_platform(lines)
    assert [hop.name for hop in reconciled(platform, lines).hops] == ["csv", "topic", "s3", "dynamodb"]
