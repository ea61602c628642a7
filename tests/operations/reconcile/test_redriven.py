"""Quarantined records in a verdict: counted by state, and each redriven line is there, due or lost."""

from typing import Any

from commerce import wire
from commerce.lines import OrderLine
from commerce.quarantined.decisions import Action, Decision
from operations.reconcile.lines import LineCounter, LineRef, LineSet
from operations.reconcile.redriven import STEP, counts, rules
from operations.reconcile.scope import Scope
from operations.reconcile.verdict import Hop
from tests.orders import a_line

HERE, BESIDE, LOST, WAITING = (a_line(Quantity=number) for number in range(1, 5))
SCOPE = Scope(frozenset({HERE.InvoiceDate.date()}))


def lines(*these: OrderLine) -> LineSet:
    counter = LineCounter()
    for line in these:
        counter.add(line)
    return counter.settle()


def made(record: str, line: OrderLine) -> Decision:
    value = wire.encode(line).decode()
    return Decision(Record=record, Action=Action.REDRIVE, At="", LineId=line.LineId, InvoiceNo="600001", Value=value)


def ref(line: OrderLine) -> LineRef:
    return LineRef(line.LineId, line.InvoiceNo, line.UnitPrice)


DECIDED = {
    "a": made("a", HERE),
    "b": made("b", BESIDE),
    "c": made("c", LOST),
    "d": made("d", WAITING),
    "e": Decision(Record="e", Action=Action.DISCARD, At="", Reason="why"),
}
PUBLISHED = {"a", "b", "c"}


def judged(scope: Scope, *names: str) -> list[Any]:
    files = lines(HERE, LOST)
    hops = [Hop(name, files.counts, 0, [ref(LOST)], [ref(BESIDE)]) for name in names]
    return rules(hops, files, scope, DECIDED, PUBLISHED)


def test_records_are_counted_by_their_state() -> None:
    assert counts(["a", "b", "c", "d", "e", "f"], DECIDED, PUBLISHED) == {
        "quarantined": 6,
        "open": 1,
        "redriving": 1,
        "redriven": 3,
        "discarded": 1,
    }


def test_a_redriven_line_is_there_or_due_before_it_is_published_and_lost_after_it() -> None:
    (rule,) = judged(SCOPE, "topic", "dynamodb", "lake")
    assert (rule.name, rule.holds) == ("dynamodb-redriven", False)
    assert rule.against.examples == [f"{LOST.LineId} (invoice 600001) of c is missing"]
    assert {steps: found.examples for steps, found in rule.due.items()} == {
        (STEP,): [f"{WAITING.LineId} (invoice 600001) of d is missing"]
    }


def test_lines_outside_the_scope_are_not_judged() -> None:
    assert judged(Scope(frozenset()), "dynamodb") == judged(SCOPE, "topic", "s3") == []
