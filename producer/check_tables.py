"""What `tillstream replay --check` found, as tables on the terminal."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from producer.check import Checked, Sending
from producer.column_profile import Column


def checked(found: Checked) -> RenderableType:
    """Problems, columns, and what would be sent."""
    parts: list[RenderableType] = [*(Text(note) for note in found.notes)]
    if found.unreadable:
        parts += [_heading("Files that cannot be read", red=True), *(Text(f"  {why}") for why in found.unreadable)]
    if found.problems:
        parts += [_heading(f"{found.refused:,} of {found.rows:,} rows would be refused", red=True), _problems(found)]
    if found.rows > found.refused:
        parts += [_heading("Columns of the rows that are right"), _columns(found.columns)]
    parts.append(_heading("What would be sent"))
    parts.append(Text(f"  {sending(found.sending)}"))
    if found.unreadable:
        parts.append(Text("  A replay stops at the first file that cannot be read."))
    return Group(*parts)


def sending(plan: Sending) -> str:
    """What would be sent, in a sentence."""
    if not plan.lines:
        return "nothing"
    copies = f", {plan.copies:,} of them further copies of a line" if plan.copies else ""
    return (
        f"{plan.lines:,} lines{copies}, of {plan.first_date} to {plan.last_date}, {plan.amount:,f} in all: "
        f"{plan.requests:,} {'request' if plan.requests == 1 else 'requests'}, {plan.bytes:,} bytes"
    )


def _heading(text: str, *, red: bool = False) -> Text:
    return Text(f"\n{text}", style="bold red" if red else "bold")


def _problems(found: Checked) -> Table:
    table = _table("Rows", "Field", "Rule", "First value", "First at", right=("Rows",))
    for problem in found.problems:
        more = ["…"] if problem.rows > len(problem.first) else []
        table.add_row(
            f"{problem.rows:,}",
            Text(problem.field),
            Text(problem.rule),
            Text(problem.value),
            Text("\n".join([*problem.first, *more])),
        )
    return table


def _columns(columns: list[Column]) -> Table:
    numbers = ("Filled", "Missing", "Refused", "Distinct")
    table = _table("Column", *numbers, "Least", "Greatest", "Most frequent", right=numbers)
    for column in columns:
        frequent = f"{_short(column.frequent)} ({column.frequent_rows:,})" if column.frequent is not None else ""
        table.add_row(
            column.name,
            f"{column.filled:,}",
            f"{column.missing:,}",
            f"{column.refused:,}",
            f"{'≥ ' if column.at_least else ''}{column.distinct:,}",
            Text(_short(column.least)),
            Text(_short(column.greatest)),
            Text(frequent),
        )
    return table


def _table(*headings: str, right: tuple[str, ...]) -> Table:
    table = Table(box=None, pad_edge=True, header_style="dim")
    for heading in headings:
        of_ours = heading in ("Column", "Field", "Rows")  # a field's name is read whole, however narrow the terminal
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold", no_wrap=of_ours)
    return table


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 30 else text[:29] + "…"
