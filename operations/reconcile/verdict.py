"""The verdict of a reconciliation: each hop's counts, each rule and whether it holds, and whether all agree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, NamedTuple

from console.runbook import FOLDER, page_of, pages_of_hops
from operations.reconcile.findings import Findings
from operations.reconcile.lines import Counts, LineRef, LineSet

SHOWN: Final = 20
"""The number of examples on the screen."""


def erased_rule(hop: str) -> str:
    """The name of the rule that a hop holds no erased line."""
    return f"{hop}-erased"


class Step(NamedTuple):
    """Work still to be done: a consumer must read on, or a job must run. Steps sort by their turn."""

    turn: int
    words: str


Steps = tuple[Step, ...]
"""The steps that must be done until a line reaches a store, in order."""

Due = dict[Steps, Findings]
"""Findings that are due, by the steps that bring them."""


class Outcome(IntEnum):
    """The outcome of a verdict, as the exit code of the command."""

    HOLDS = 0
    LOST = 1
    DUE = 3


@dataclass(frozen=True, slots=True)
class Hop:
    """The lines of the scope in one hop, those of the files that it lacks, and those beyond the files."""

    name: str
    counts: Counts
    rejected: int
    missing: list[LineRef]
    surplus: list[LineRef]

    @property
    def rows(self) -> int:
        """The number of deliveries, those of invalid messages included."""
        return self.counts.rows + self.rejected

    def answer(self) -> dict[str, Any]:
        """The hop as JSON. Rows are deliveries, lines distinct LineIds."""
        return {
            "name": self.name,
            "rows": self.rows,
            "lines": self.counts.lines,
            "rejected": self.rejected,
            "net_amount": str(self.counts.net_amount),
            "digest": self.counts.digest,
            "missing": [line.line_id for line in self.missing],
            "surplus": [line.line_id for line in self.surplus],
        }


def hop(
    name: str,
    held: LineSet,
    files: LineSet,
    *,
    rejected: int = 0,
    expired: Sequence[LineSet] = (),
    elsewhere: Sequence[LineSet] = (),
) -> Hop:
    """A hop compared with the files.

    `expired` are lines that the hop has let go of and another one proves: they count as held. `elsewhere` are lines
    that need not come by this hop: it may lack them.
    """
    missing = list(files.without(held, *expired, *elsewhere))
    surplus = sorted({line for lines in (held, *expired) for line in lines.without(files)})
    return Hop(name, held.counts, rejected, missing, surplus)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on a hop, in words, with all findings against it, and those that are only due."""

    name: str
    hop: str
    says: str
    against: Findings = field(default_factory=Findings)
    due: Due = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether there are no findings against it, and none due."""
        return not self.is_broken and not self.due

    @property
    def is_broken(self) -> bool:
        """Whether it has findings that no pending step will resolve."""
        return self.against.count > 0

    def answer(self) -> dict[str, Any]:
        """The rule as JSON, with its first examples."""
        return {
            "name": self.name,
            "hop": self.hop,
            "says": self.says,
            "holds": self.holds,
            "count": self.against.count,
            "examples": self.against.examples,
            "due": [
                {"after": _words(steps), "count": found.count, "examples": found.examples}
                for steps, found in self.due.items()
            ],
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole verdict; `facts` are further figures, by name."""

    hops: list[Hop]
    rules: list[Rule]
    facts: dict[str, Any]

    @property
    def agree(self) -> bool:
        """Whether every rule holds."""
        return all(rule.holds for rule in self.rules)

    @property
    def outcome(self) -> Outcome:
        """Whether everything holds, something is lost, repeated or different, or something is only due."""
        if any(rule.is_broken for rule in self.rules):
            return Outcome.LOST
        return Outcome.HOLDS if self.agree else Outcome.DUE

    @property
    def pages(self) -> list[str]:
        """The runbook's pages for the groups that stand still, and for the hops of which a rule is broken.

        What a store lacks, those after it on the way of a row lack with it: they get it back by the page of the first.
        A store that lacks nothing, and holds lines that no file has or that were erased, needs no page about a loss.
        """
        broken = {rule.hop for rule in self.rules if rule.is_broken and rule.name != erased_rule(rule.hop)}
        otherwise = {
            it.hop
            for it in self.rules
            if it.is_broken and it.name not in (f"{it.hop}-lines", f"{it.hop}-others", erased_rule(it.hop))
        }
        lacking = [(hop.name, set(hop.missing)) for hop in self.hops if hop.name in broken]
        by_another = {
            name for at, (name, lines) in enumerate(lacking) if any(set() < lines <= more for _, more in lacking[:at])
        } - otherwise
        with_more = {hop.name for hop in self.hops if hop.surplus and not hop.missing} - otherwise
        of_groups = [page_of(error) for error in self.facts.get("stands_still", {}).values()]
        return list(dict.fromkeys([*of_groups, *pages_of_hops(broken - by_another - with_more)]))

    @property
    def steps(self) -> Steps:
        """The steps of all due findings, each once, in the order in which they are done."""
        return tuple(sorted({step for rule in self.rules for steps in rule.due for step in steps}))

    def answer(self) -> dict[str, Any]:
        """The verdict as JSON."""
        hops, rules = ([part.answer() for part in parts] for parts in (self.hops, self.rules))
        return {
            "agree": self.agree,
            "outcome": self.outcome.name.lower(),
            "hops": hops,
            "rules": rules,
            "due": _words(self.steps),
            "runbook": [f"{FOLDER}/{page}.md" for page in self.pages],
            **self.facts,
        }


def _words(steps: Steps) -> list[str]:
    return [step.words for step in steps]
