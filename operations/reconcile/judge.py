"""The rules that each hop must satisfy for every row to be counted. Pure, once the hops are read.

By default every line of the files must stand in each hop, and the stores must agree on the lines that other files
brought of the same days (`operations.reconcile.agreement`). With `exact` the hops must hold the files' lines and no
other. What is missing is lost, or due (`operations.reconcile.due`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from console.counts import counted
from operations.reconcile.deliveries import Stream
from operations.reconcile.due import Awaited
from operations.reconcile.findings import Findings
from operations.reconcile.hops.csv import FilesHeld
from operations.reconcile.hops.items import TableHop
from operations.reconcile.hops.names import CSV, DYNAMODB, LAKE, REDSHIFT, S3, TOPIC
from operations.reconcile.hops.rows import RowsHop
from operations.reconcile.hops.stream import Archive
from operations.reconcile.lines import LineRef, LineSet
from operations.reconcile.verdict import Due, Hop, Rule, Step, erased_rule, hop

NAMED: Mapping[str, str] = {TOPIC: "the topic", S3: "S3", DYNAMODB: "Invoices", LAKE: "the lake", REDSHIFT: "Redshift"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A part of the verdict: hops and their rules."""

    hops: list[Hop]
    rules: list[Rule]

    def __add__(self, other: "Judged") -> "Judged":
        return Judged(self.hops + other.hops, self.rules + other.rules)


def files_hop(files: FilesHeld) -> Hop:
    """The hop that all others are compared with."""
    return Hop(CSV, files.lines.counts, files.rejected, [], [])


_ERASED: Final = Step(3, "the erasure has ended (`tillstream erase` goes on with one that was stopped)")


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges hop by hop; `exact` counts a line that no file holds as a fault.

    While an erasure is under way (`erasing`), its lines in a store are due to go.
    """

    files: FilesHeld
    awaited: Awaited
    exact: bool
    erasing: bool = False

    def stream(
        self, stream: Stream, archive: Archive | None, absent: Iterable[str], *, topic: bool,
        incoming: Sequence[LineSet] = (),
    ) -> Judged:  # fmt: skip
        """The hops of the stream: `topic` if it was read, and s3 if there is an `archive`.

        `absent` are the quarantine keys without their object, each of a message that is not an order line. `incoming`
        are lines that came by files instead of the topic.
        """
        files, hops, rules = self.files.lines, [], []
        if topic:
            held, expired = stream.topic.settle(), stream.expired.settle()
            rejected = stream.topic.rejected
            hops.append(hop(TOPIC, held, files, rejected=rejected, expired=[expired], elsewhere=incoming))
            rules.append(self._lines(hops[-1], incoming))
        if archive is not None:
            hops.append(hop(S3, stream.raw.settle(), files, rejected=stream.raw.rejected, elsewhere=incoming))
            if topic:
                rules.append(
                    Rule(
                        "s3-deliveries",
                        S3,
                        "S3 holds the topic's messages, each once",
                        stream.different,
                        self._due(stream.unarchived),
                    )
                )
            else:
                rules.append(self._lines(hops[-1], incoming))
            rules.append(
                Rule("s3-objects", S3, "every raw object is whole and follows on the one before", archive.faults)
            )
            rules += self._erased(S3, stream.came_back)
        rules.append(self._quarantine(hops[0].name, stream, absent))
        return Judged(hops, rules)

    def tables(self, tables: TableHop, summaries: Iterable[tuple[str, str]]) -> Judged:
        """The hop dynamodb; `summaries` are faults of Customers, each with its invoice."""
        held = hop(DYNAMODB, tables.held.settle(), self.files.lines, rejected=tables.held.rejected)
        of_customers = "Customers holds the summaries of Invoices"
        items = Rule("dynamodb-items", DYNAMODB, "every item of Invoices is the line that its key says", tables.faults)
        customers = Rule("customers", DYNAMODB, of_customers, *self.awaited.summaries(summaries))
        return Judged([held], [self._lines(held), items, customers, *self._erased(DYNAMODB, tables.came_back)])

    def rows(self, name: str, table: RowsHop) -> Judged:
        """The hop with this name, which is a table of rows."""
        held = hop(name, table.held.settle(), self.files.lines, rejected=table.held.rejected)
        if again := held.counts.repeated:
            table.faults.add(f"more than once there: {counted(again, 'line')}")
        says = f"every row of {NAMED[name]} is the line that its LineId says, and is there once"
        rules = [self._lines(held), Rule(f"{name}-rows", name, says, table.faults)]
        return Judged([held], rules + self._erased(name, table.came_back))

    def _lines(self, of: Hop, incoming: Sequence[LineSet] = ()) -> Rule:
        """The rule that a hop holds every line of the files, and no other line if the verdict is exact."""
        lost, due = self.awaited.missing(of.name, of.missing, _is_missing)
        if self.exact:
            lost.add_all(f"{line} is in no file" for line in of.surplus)
            strangers = (line for lines in incoming for line in lines.without(self.files.lines))
            lost.add_all(f"{line} was taken from incoming/ and is in no file" for line in strangers)
        who = f"{NAMED[of.name]} and what curate took from incoming/ hold" if incoming else f"{NAMED[of.name]} holds"
        what = "the lines of the files, and no other" if self.exact else "the lines of the files"
        return Rule(f"{of.name}-lines", of.name, f"{who} {what}", lost, due)

    def _erased(self, name: str, came_back: Findings) -> list[Rule]:
        """The rule that a hop holds no erased line, where any was erased."""
        if not self.awaited.erased:
            return []
        says = f"{NAMED[name]} holds no line that was erased"
        if self.erasing and came_back.count:
            return [Rule(erased_rule(name), name, says, due={(_ERASED,): came_back})]
        return [Rule(erased_rule(name), name, says, came_back)]

    def _quarantine(self, name: str, stream: Stream, absent: Iterable[str]) -> Rule:
        against, due = Findings(), Findings()
        for key in absent:
            (due if stream.unquarantined[key] else against).add(f"no object has the key {key}")
        says = "every message that is not an order line is in quarantine"
        step = (self.awaited.tables_step,)
        return Rule("quarantine", name, says, against, {step: due} if due.count else {})

    def _due(self, unarchived: Findings) -> Due:
        return {(self.awaited.archive_step,): unarchived} if unarchived.count else {}


def _is_missing(line: LineRef) -> str:
    return f"{line} is missing"
