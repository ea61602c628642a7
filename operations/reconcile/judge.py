"""The rules: what must hold of each hop for every row to be counted. Pure, once the hops have been read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from operations.reconcile.files import FilesHeld
from operations.reconcile.findings import Findings
from operations.reconcile.items import TableHop
from operations.reconcile.lines import LineSet
from operations.reconcile.rows import RowsHop
from operations.reconcile.stream import Stream
from operations.reconcile.streaming import Archive
from operations.reconcile.verdict import Hop, Rule, findings, hop, same_lines

CSV: Final = "csv"
TOPIC: Final = "topic"
S3: Final = "s3"
DYNAMODB: Final = "dynamodb"
LAKE: Final = "lake"
REDSHIFT: Final = "redshift"

BY_DEFAULT: Final = (CSV, TOPIC, S3, DYNAMODB)
"""The hops that are always judged."""

LATER: Final = (LAKE, REDSHIFT)
"""Those that are judged once their job has loaded a batch, or where they are named."""

HOPS: Final = (*BY_DEFAULT, *LATER)

_NAMED: Final = {LAKE: "the lake", REDSHIFT: "Redshift"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A part of the verdict."""

    hops: list[Hop]
    rules: list[Rule]

    def __add__(self, other: "Judged") -> "Judged":
        return Judged(self.hops + other.hops, self.rules + other.rules)


def files_hop(files: FilesHeld) -> Hop:
    """The hop that all others are measured by."""
    return Hop(CSV, files.lines.counts, files.rejected, [], [])


def judge_stream(
    files: FilesHeld, stream: Stream, archive: Archive | None, unquarantined: Iterable[str], *, topic: bool,
    incoming: Sequence[LineSet] = (),
) -> Judged:  # fmt: skip
    """The hops of the stream: `topic` if it was read, and s3 if there is an `archive`.

    `unquarantined` are the keys at which a message that is no order line should lie and does not. `incoming` are lines
    that came by files instead of the topic.
    """
    hops, rules = [], []
    if topic:
        held, expired = stream.topic.settle(), stream.expired.settle()
        in_topic = hop(TOPIC, held, files.lines, rejected=stream.topic.rejected, expired=[expired], elsewhere=incoming)
        hops.append(in_topic)
        rules.append(_with_incoming(same_lines(in_topic, _says("the topic", incoming)), files, incoming))
    if archive is not None:
        in_raw = hop(S3, stream.raw.settle(), files.lines, rejected=stream.raw.rejected, elsewhere=incoming)
        hops.append(in_raw)
        if topic:
            rules.append(Rule("s3-deliveries", S3, "S3 holds the topic's messages, each once", stream.different))
        else:
            rules.append(_with_incoming(same_lines(in_raw, _says("S3", incoming)), files, incoming))
        rules.append(Rule("s3-objects", S3, "every raw object is whole and follows on the one before", archive.faults))
    against = findings(f"no object lies at {key}" for key in unquarantined)
    rules.append(Rule("quarantine", hops[0].name, "every message that is no order line is set aside", against))
    return Judged(hops, rules)


def judge_tables(files: FilesHeld, tables: TableHop, summaries: Findings) -> Judged:
    """The hop dynamodb."""
    held = hop(DYNAMODB, tables.held.settle(), files.lines, rejected=tables.held.rejected)
    return Judged(
        [held],
        [
            same_lines(held, "Invoices holds the lines of the files"),
            Rule("dynamodb-items", DYNAMODB, "every item of Invoices is the line that its key says", tables.faults),
            Rule("customers", DYNAMODB, "Customers holds the summaries of Invoices", summaries),
        ],
    )


def judge_rows(name: str, files: FilesHeld, table: RowsHop) -> Judged:
    """The hop of this name, which is a table of rows."""
    held = hop(name, table.held.settle(), files.lines, rejected=table.held.rejected)
    if again := held.counts.repeated:
        table.faults.add(f"{again:,} lines stand there more than once")
    who = _NAMED[name]
    says = f"every row of {who} is the line that its LineId says, and stands there once"
    return Judged(
        [held],
        [same_lines(held, f"{who} holds the lines of the files"), Rule(f"{name}-rows", name, says, table.faults)],
    )


def _says(who: str, incoming: Sequence[LineSet]) -> str:
    return (
        f"{who} and what curate took from incoming/ hold the lines of the files"
        if incoming
        else (f"{who} holds the lines of the files")
    )


def _with_incoming(rule: Rule, files: FilesHeld, incoming: Sequence[LineSet]) -> Rule:
    """The rule, against which also speak the lines that curate took from dropped files and that no file here holds."""
    for lines in incoming:
        rule.against.add_all(
            f"{line} was taken from incoming/ and is in no file" for line in lines.without(files.lines)
        )
    return rule
