"""Quarantined records as tables and as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import asdict
from rich.console import Console
from rich.table import Table
from rich.text import Text

from commerce.quarantined.answers import answer
from commerce.quarantined.decisions import Decision, State
from commerce.quarantined.records import Record
from console.counts import counted
from console.harmless import harmless
from console.tables import Sheet
from operations.quarantine.plan import Planned


def listed(records: Sequence[Record], states: Mapping[str, State], out: Console) -> None:
    """Print a table of the records, and how many there are of each state."""
    titles = ("record", "time (UTC)", "invoice", "state", "reasons")
    rows = [
        (it.id, _time(it), it.invoice or "–", str(states[it.id]), "; ".join(map(str, it.reasons))) for it in records
    ]
    if rows:
        out.print(Sheet(titles, rows))
    out.print(by_state(states.values()))


def by_state(states: Iterable[State]) -> str:
    """How many records there are of each state.

    >>> by_state([State.OPEN, State.REDRIVEN, State.OPEN])
    '3 records: 2 open, 1 redriven'
    """
    found = list(states)
    parts = [f"{found.count(state):,} {state}" for state in State if state in found]
    return counted(len(found), "record") + (f": {', '.join(parts)}" if parts else "")


def undecided(record: str, lines: Sequence[str]) -> str:
    """The sentence about a record that has claimed lines without a decision.

    >>> undecided("stream/order-lines/3/42-1291190400000", ["0a1b"])
    'stream/order-lines/3/42-1291190400000 claims line 0a1b, undecided: redrive it again, or discard it'
    """
    what = f"{'line' if len(lines) == 1 else 'lines'} {', '.join(lines)}"
    return f"{record} claims {what}, undecided: redrive it again, or discard it"


def answered(record: Record, state: State, made: Decision | None, claims: Sequence[str]) -> dict[str, Any]:
    """All that is known of one record as JSON; `claims` are the lines that it has claimed without a decision."""
    return asdict(answer(record, state, made)) | {"claims": claims}


def shown(answer: Mapping[str, Any], out: Console) -> None:
    """Print all that is known of one record."""
    table = Table.grid(padding=(0, 2, 0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # one word, such as a payload, may be longer than the terminal is wide
    for name, value in {**answer, "reasons": list(map(str, answer["reasons"]))}.items():
        table.add_row(Text(name, "bold"), Text(harmless(_text(value))))
    out.print(table)


def _text(value: Any) -> str:
    r"""A fact as text, `–` for none; what has parts has a line for each.

    >>> _text({"InvoiceNo": "808080", "Quantity": "x"}), _text(("MUG", "x")), _text(None), _text(())
    ('InvoiceNo: 808080\nQuantity: x', 'MUG\nx', '–', '–')
    """
    made = msgspec.to_builtins(value)
    if not isinstance(made, str | int | float) and not made:
        return "–"
    if isinstance(made, dict):
        return "\n".join(f"{name}: {_text(part)}" for name, part in made.items())
    return "\n".join(map(_text, made)) if isinstance(made, list | tuple) else str(made)


def planned(found: Sequence[Planned], out: Console) -> None:
    """Print the planned outcome of each record."""
    rows = [(it.record.id, _outcome(it), _becomes(it)) for it in found]
    if rows:
        out.print(Sheet(("record", "outcome", "line or reason"), rows))


def plan_answer(it: Planned) -> dict[str, Any]:
    """The planned outcome of a record, as JSON."""
    return {
        "id": it.record.id,
        "outcome": "refused" if it.errors else str(it.decision.Action) if it.decision else None,
        "new": it.is_new,
        "decision": it.decision,
        "errors": it.errors,
    }


def _outcome(it: Planned) -> str:
    if it.errors or it.decision is None:
        return "refused"
    before = "" if it.is_new else ", decided before"
    return (f"becomes line {it.decision.LineId}" if it.decision.LineId else "is discarded") + before


def _becomes(it: Planned) -> str:
    if it.errors or it.decision is None:
        return "; ".join(map(str, it.errors))
    if not it.decision.Value:
        return it.decision.Reason
    line = msgspec.json.decode(it.decision.Value)
    return ", ".join(f"{name} {value}" for name, value in line.items() if name != "LineId")


def _time(record: Record) -> str:
    return record.when.strftime("%Y-%m-%d %H:%M:%S")
