"""The quarantined records in a verdict: how many of each state there are, and whether each redriven line arrived."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from commerce.quarantined.decisions import Action, Decision, State, state
from commerce.wire import decode
from operations.reconcile.findings import Findings
from operations.reconcile.hops.names import STORES
from operations.reconcile.lines import LineSet
from operations.reconcile.scope import Scope
from operations.reconcile.verdict import Hop, Rule, Step

STEP: Final = Step(0, "`tillstream quarantine redrive` has run again")


def counts(records: Iterable[str], decided: Mapping[str, Decision], published: Collection[str]) -> dict[str, int]:
    """How many of the records there are, and how many of each state."""
    states = [state(record, decided, published) for record in records]
    return {"quarantined": len(states), **{str(one): states.count(one) for one in State}}


def rules(
    hops: Iterable[Hop], files: LineSet, scope: Scope, decided: Mapping[str, Decision], published: Collection[str]
) -> list[Rule]:
    """A rule for each judged table: it holds the lines of the scope that were redriven, or they are due.

    No rules where no line of the scope was redriven.
    """
    redriven = [made for made in decided.values() if made.Action is Action.REDRIVE]
    wanted = [made for made in redriven if scope.covers(decode(made.Value.encode()))]
    return [_rule(hop, files, wanted, published) for hop in hops if hop.name in STORES[:1] and wanted]


def _rule(hop: Hop, files: LineSet, wanted: Iterable[Decision], published: Collection[str]) -> Rule:
    against, due = Findings(), Findings()
    lacking = {line.line_id for line in hop.missing}
    beyond = {line.line_id for line in hop.surplus}
    for made in wanted:
        held = made.LineId in beyond or (made.LineId in files and made.LineId not in lacking)
        if not held:
            found = against if made.Record in published else due
            found.add(f"{made.LineId} (invoice {made.InvoiceNo}) of {made.Record} is missing")
    says = "every redriven record's line is in Invoices"
    return Rule(f"{hop.name}-redriven", hop.name, says, against, {(STEP,): due} if due.count else {})
