"""What a reconciliation says: each hop's counts, each rule and whether it holds, and whether all agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from operations.reconcile.findings import KEPT, Findings
from operations.reconcile.lines import Counts, LineRef, LineSet

SHOWN: Final = 20
"""Examples on the screen."""


@dataclass(frozen=True, slots=True)
class Hop:
    """What one hop holds of the scope, what it lacks of the files' lines, and what it holds beyond them."""

    name: str
    counts: Counts
    rejected: int
    missing: list[LineRef]
    surplus: list[LineRef]

    @property
    def rows(self) -> int:
        """Deliveries, those of no line too."""
        return self.counts.rows + self.rejected

    def answer(self) -> dict[str, Any]:
        """The hop as JSON tells it. Rows are deliveries, lines distinct LineIds."""
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
    """A hop beside the files.

    `expired` are lines that the hop has let go of and another one proves: they count as held. `elsewhere` are lines
    that need not come by this hop: it may lack them.
    """
    missing = list(files.without(held, *expired, *elsewhere))
    surplus = sorted({line for lines in (held, *expired) for line in lines.without(files)})
    return Hop(name, held.counts, rejected, missing, surplus)


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold of a hop, in words, and all that speaks against it."""

    name: str
    hop: str
    says: str
    against: Findings = field(default_factory=Findings)

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return self.against.count == 0

    def answer(self) -> dict[str, Any]:
        """The rule as JSON tells it, with its first examples."""
        return {
            "name": self.name,
            "hop": self.hop,
            "says": self.says,
            "holds": self.holds,
            "count": self.against.count,
            "examples": self.against.examples,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole answer; `facts` are further figures, by name."""

    hops: list[Hop]
    rules: list[Rule]
    facts: dict[str, Any]

    @property
    def agree(self) -> bool:
        """Whether every rule holds."""
        return all(rule.holds for rule in self.rules)

    def answer(self) -> dict[str, Any]:
        """The verdict as JSON tells it."""
        hops, rules = ([part.answer() for part in parts] for parts in (self.hops, self.rules))
        return {"agree": self.agree, "hops": hops, "rules": rules, **self.facts}


def same_lines(hop: Hop, says: str) -> Rule:
    """The rule that a hop holds the lines of the files, no fewer and no more."""
    against = Findings()
    for what, lines in (("is missing", hop.missing), ("is in no file", hop.surplus)):
        against.add_all(f"{line} {what}" for line in lines[:KEPT])
        against.count += max(0, len(lines) - KEPT)
    return Rule(f"{hop.name}-lines", hop.name, says, against)


def findings(what: Iterable[str]) -> Findings:
    """These findings."""
    found = Findings()
    found.add_all(what)
    return found
