"""The verdict as a person reads it on the screen."""

import io
from collections.abc import Mapping
from decimal import Decimal

import pytest
from rich.console import Console

from console.tables import PLAIN_WIDTH
from operations.reconcile.findings import Findings
from operations.reconcile.lines import LineCounter, LineRef
from operations.reconcile.report import show
from operations.reconcile.verdict import Hop, Rule, Verdict
from tests.operations.platform import a_platform, reconciled
from tests.operations.reconcile.test_judge import some_lines


def screen(verdict: Verdict, width: int = PLAIN_WIDTH, places: Mapping[str, str] | None = None) -> list[str]:
    text = io.StringIO()
    show(verdict, Console(file=text, width=width, color_system=None), places or {})
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_hops_that_agree_are_one_table_and_one_sentence() -> None:
    lines = some_lines(20)
    head, *hops, again, last = screen(reconciled(a_platform(lines, bad=[b"?"]), lines))
    assert head.split() == [
        "hop",
        "rows",
        "lines",
        "rejected",
        "net",
        "amount",
        "missing",
        "surplus",
        "digest",
        "rules",
    ]
    assert [hop.split()[0] for hop in hops] == ["csv", "topic", "s3", "dynamodb"]
    assert [hop.split()[1:4] for hop in hops] == [
        ["20", "20", "0"],
        ["26", "20", "1"],
        ["26", "20", "1"],
        ["20", "20", "0"],
    ]
    assert hops[1].endswith("✓ lines ✓ quarantine")
    assert hops[2].endswith("✓ deliveries ✓ objects")
    assert hops[3].endswith("✓ lines ✓ items ✓ customers")
    assert again == SENT_AGAIN
    assert last == "every row is counted (20 rows, 4 hops agree)"


SENT_AGAIN = (
    "5 lines were sent more than once, under any file name: the topic and S3 keep every delivery, the other stores "
    "each line once"
)


def test_rows_sent_again_as_a_file_of_another_name_are_said_to_be_the_same_lines() -> None:
    lines = some_lines(20)
    assert SENT_AGAIN in screen(reconciled(a_platform(lines), lines))
    once = reconciled(a_platform(lines), lines, hops=("csv", "dynamodb"))
    assert not any("sent more than once" in said for said in screen(once))


def test_on_a_terminal_of_eighty_columns_nothing_is_cut() -> None:
    verdict = reconciled(a_platform(some_lines(20), bad=[b"?"]), some_lines(20))
    shown = screen(verdict, 80)
    assert all(len(line) <= 80 and "…" not in line for line in shown)
    assert shown[0].split()[-2:] == ["missing", "surplus"]
    assert ["csv", "20", "20", "0"] in [line.split()[:4] for line in shown]
    digest = verdict.hops[1].counts.digest[:12]
    assert ["topic", digest, "✓", "lines", "✓", "quarantine"] in [line.split() for line in shown]
    assert ["dynamodb", digest, "✓", "lines", "✓", "items", "✓", "customers"] in [line.split() for line in shown]


def test_what_does_not_agree_is_named_with_examples_and_its_place_in_the_files() -> None:
    lost, *others = some_lines(40)
    platform = a_platform(others)
    platform.customer_items.popitem()
    said = screen(reconciled(platform, [lost, *others]), places={lost.LineId: "day.csv, line 2"})
    assert said[2].endswith("✗ lines ✓ quarantine")
    assert said[4].endswith("✗ lines ✓ items ✗ customers")
    assert "✗ dynamodb, rule “Invoices holds the lines of the files, and no other”: broken 1 time" in said
    assert any(f"{lost.LineId} (invoice {lost.InvoiceNo}," in line and "is missing" in line for line in said)
    assert any("no summary is stored" in line for line in said)
    assert f"    {lost.LineId} is in day.csv, line 2" in said
    assert said[-3:] == [
        "NOT every row is counted: lost, repeated or different are "
        "1 in topic (lines), 1 in dynamodb (lines), 1 in dynamodb (customers)",
        "the way back: docs/runbook/topic-recreated.md",
        "the way back: docs/runbook/tables-emptied.md",
    ]


def test_no_more_than_twenty_examples_are_shown_and_all_are_in_the_answer() -> None:
    lines = some_lines(60)
    platform = a_platform(lines)
    platform.invoice_items.clear()
    platform.customer_items.clear()
    verdict = reconciled(platform, lines)
    assert "    … and 40 more" in screen(verdict)
    assert len(verdict.hops[3].answer()["missing"]) == 60


@pytest.mark.parametrize(
    ("lacking", "pages"),
    [
        ({"s3": "ab", "lake": "a", "redshift": "ab"}, ["raw-object-lost"]),
        ({"s3": "a", "lake": "b", "redshift": ""}, ["raw-object-lost", "lake-rolled-back", "warehouse-emptied"]),
        ({"lake": "a"}, ["lake-rolled-back"]),
        # rows that were never sent: no table was emptied
        ({"topic": "ab", "dynamodb": "a", "lake": "ab", "redshift": "ab"}, ["topic-recreated"]),
    ],
)
def test_what_later_stores_lack_with_an_earlier_one_has_the_page_of_the_earlier(
    lacking: dict[str, str], pages: list[str]
) -> None:
    nothing = LineCounter().settle().counts
    hops = [Hop(name, nothing, 0, [LineRef(it, "1", Decimal(1)) for it in ids], []) for name, ids in lacking.items()]
    verdict = Verdict(hops, [Rule(f"{name}-lines", name, "", Findings(1, ["x"])) for name in lacking], {})
    assert verdict.pages == pages


def test_stores_that_hold_a_line_too_many_and_lack_none_have_no_page() -> None:
    nothing, more = LineCounter().settle().counts, [LineRef("a", "1", Decimal(1))]
    rules = [Rule(f"{name}-lines", name, "", Findings(1, ["x"])) for name in ("topic", "redshift")]
    assert Verdict([Hop(it.hop, nothing, 0, [], more) for it in rules], rules, {}).pages == []
    assert Verdict([Hop(it.hop, nothing, 0, more, more) for it in rules], rules, {}).pages == ["topic-recreated"]


def test_a_group_that_stands_still_is_named_with_its_page_first() -> None:
    lines = some_lines(20)
    verdict = reconciled(a_platform(lines), lines)
    error = "the batch begins at offset 1108, but what is filed ends before 1046: …"
    verdict.facts.update(lag={"archive": 62}, stands_still={"archive": error})
    said = screen(verdict)
    assert f"archive stands still, so it was not waited for: {error}" in said
    assert said[-1] == "the way back: docs/runbook/raw-object-lost.md"
    assert not any("not waited for any longer" in line for line in said)


def test_facts_that_are_no_fault_are_said() -> None:
    lines = some_lines(20)
    platform = a_platform(lines)
    platform.starts = dict.fromkeys(platform.topic, 2)
    verdict = reconciled(platform, [*lines, lines[0]])
    verdict.facts["lag"] = {"archive": 0, "tables": 1_234}
    assert screen(verdict)[5:-1] == [
        "1 line is in more than one file, as copies: each is counted once",
        SENT_AGAIN,
        "6 messages expired from the topic; S3 holds every one",
        "tables still has 1,234 messages to read and was not waited for any longer",
    ]
