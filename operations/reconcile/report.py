"""A verdict as text: a table of hops, the broken and due examples of each rule, and one last line."""

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from console.counts import counted, verb
from console.runbook import way_back
from console.tables import PLAIN_WIDTH
from operations.reconcile.findings import Findings
from operations.reconcile.hops.names import LAKE, REDSHIFT, S3, TOPIC
from operations.reconcile.verdict import SHOWN, Hop, Outcome, Rule, Verdict, erased_rule

SHOWN_DUE = 3
"""Examples shown of a rule whose findings are only due."""


_REMEDIES = {
    LAKE: "rows or the table itself were deleted from the lake",
    REDSHIFT: "`tillstream job load_warehouse --again` loads them again (on AWS see docs/deploy.md)",
}


def show(verdict: Verdict, out: Console, places: Mapping[str, str]) -> None:
    """Print the verdict. `places` says where in the files a missing line is, by LineId.

    Where a terminal has no room for all in one table, digests and rules stand below the figures.
    """
    table = _hops(verdict, out, whole=True)
    if Measurement.get(out, out.options.update(width=PLAIN_WIDTH), table).maximum <= out.width:
        out.print(table)
    else:
        out.print(_hops(verdict, out, whole=False))
        out.print(_proofs(verdict))
    for remark in _remarks(verdict):
        out.print(remark)
    for rule in verdict.rules:
        if not rule.holds:
            _show_against(rule, out)
    missing = {line.line_id for hop in verdict.hops for line in hop.missing}
    for line_id, place in places.items():
        if line_id in missing:
            out.print(f"    {line_id} is in {escape(place)}")
    out.print(last_line(verdict))
    for sentence in way_back(verdict.pages):
        out.print(sentence)


def last_line(verdict: Verdict) -> str:
    """The verdict in one sentence."""
    if verdict.outcome is Outcome.HOLDS:
        rows = counted(verdict.hops[0].rows, "row")
        return f"[bold green]every row is counted[/] ({rows}, {len(verdict.hops)} hops agree)"
    if verdict.outcome is Outcome.DUE:
        steps = escape(" and ".join(step.words for step in verdict.steps))
        return f"[bold yellow]nothing is lost, but not all is there yet[/]: reconcile again once {steps}"
    broken = [f"{rule.against.count:,} in {rule.hop} ({_short(rule)})" for rule in verdict.rules if rule.is_broken]
    return f"[bold red]NOT every row is counted[/]: lost, repeated or different are {escape(', '.join(broken))}"


def _hops(verdict: Verdict, out: Console, *, whole: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD if out.is_terminal else None, collapse_padding=True, pad_edge=False)
    table.add_column("hop", no_wrap=True)
    for title in ("rows", "lines", "rejected", "net amount", "missing", "surplus"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("digest", "rules") if whole else ():
        table.add_column(title, no_wrap=True)
    for hop in verdict.hops:
        counts = hop.counts
        figures = (hop.rows, counts.lines, hop.rejected, counts.net_amount, len(hop.missing), len(hop.surplus))
        table.add_row(hop.name, *(f"{figure:,}" for figure in figures), *(_proof(verdict, hop) if whole else ()))
    return table


def _proofs(verdict: Verdict) -> Table:
    table = Table.grid(padding=(0, 2))
    for hop in verdict.hops:
        table.add_row("", hop.name, *_proof(verdict, hop))
    return table


def _proof(verdict: Verdict, hop: Hop) -> tuple[str, str]:
    """The beginning of a hop's digest, and the state of each of its rules."""
    marks = " ".join(_mark(rule) for rule in verdict.rules if rule.hop == hop.name)
    return hop.counts.digest[:12], marks


def _mark(rule: Rule) -> str:
    if rule.is_broken:
        return f"[red]✗ {_short(rule)}[/]"
    return f"[green]✓ {_short(rule)}[/]" if rule.holds else f"[yellow]~ {_short(rule)}[/]"


def _short(rule: Rule) -> str:
    """The rule's name without its hop's, which is printed beside it."""
    return rule.name.removeprefix(f"{rule.hop}-")


def _remarks(verdict: Verdict) -> list[str]:
    """Remarks that are not faults."""
    facts, remarks = verdict.facts, []
    if several := facts["lines_in_several_files"]:
        remarks.append(f"{_lines(several, 'is', 'are')} in more than one file, as copies: each is counted once")
    if again := max((hop.counts.repeated for hop in verdict.hops if hop.name in (TOPIC, S3)), default=0):
        where = "the topic and S3 keep every delivery, the other stores each line once"
        remarks.append(f"{_lines(again, 'was', 'were')} sent more than once, under any file name: {where}")
    if erased := facts.get("erased_rows"):
        remarks.append(
            f"{counted(erased, 'row')} of the files {verb(erased, 'is', 'are')} of erased lines: not counted"
        )
    if expired := facts.get("expired"):
        remarks.append(f"{counted(expired, 'message')} expired from the topic; S3 holds every one")
    if brought := facts.get("other_lines"):
        remarks.append(
            f"{counted(brought, 'line')} of these days came by other files or by a redrive: no fault without --exact"
        )
    if incoming := facts.get("incoming"):
        remarks.append(f"{counted(incoming, 'line')} came by files that curate took from incoming/")
    if (found := facts.get("quarantine", {})).get("quarantined"):
        states = ", ".join(f"{count:,} {state}" for state, count in found.items() if count and state != "quarantined")
        shown = "tillstream quarantine list" + ("" if found.get("open") else " --state all")
        remarks.append(f"{counted(found['quarantined'], 'record')} in quarantine: {states} (`{shown}`)")
    remarks += [
        f"{hop} holds no row of these days, although batches were loaded: {_REMEDIES[hop]}"
        for hop in facts.get("emptied", [])
    ]
    if any(rule.is_broken and rule.name == erased_rule(rule.hop) for rule in verdict.rules):
        remarks.append("lines that were erased are there again: `tillstream erase` with their customer erases them")
    remarks += [f"{hop} is left out: its job has made nothing here yet" for hop in facts.get("left_out", [])]
    still = facts.get("stands_still", {})
    remarks += [f"{group} stands still, so it was not waited for: {error}" for group, error in still.items()]
    for group, left in (facts["lag"] or {}).items():
        if left and group not in still:
            remarks.append(f"{group} still has {counted(left, 'message')} to read and was not waited for any longer")
    remarks += [
        f"no raw object holds {gap}: it was deleted, was never there, or was given up by an operator"
        for gap in facts.get("raw", {}).get("gaps", [])
    ]
    return [f"[yellow]{escape(remark)}[/]" for remark in remarks]


def _lines(count: int, one: str, more: str) -> str:
    """The number of lines with its verb.

    >>> _lines(1, "is", "are"), _lines(2_000, "is", "are")
    ('1 line is', '2,000 lines are')
    """
    return f"{counted(count, 'line')} {one if count == 1 else more}"


def _show_against(rule: Rule, out: Console) -> None:
    where = f"{escape(rule.hop)}, rule “{escape(rule.says)}”"
    if rule.is_broken:
        count = rule.against.count
        out.print(f"[red]✗ {where}: broken {counted(count, 'time')}[/]")
        _show_examples(rule.against, SHOWN, out)
    for steps, found in rule.due.items():
        after = escape(" and ".join(step.words for step in steps))
        arrived = "gone" if rule.name == erased_rule(rule.hop) else "there"
        out.print(f"[yellow]~ {where}: {found.count:,} due, {arrived} once {after}[/]")
        _show_examples(found, SHOWN_DUE, out)


def _show_examples(found: Findings, most: int, out: Console) -> None:
    for example in found.examples[:most]:
        out.print(f"    {escape(example)}", soft_wrap=True)
    if found.count > most:
        out.print(f"    … and {found.count - most:,} more")
