"""The findings of `tillstream replay --check` as tables on the terminal."""

from typing import Any, Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from console.counts import counted, counted_of
from console.tables import Sheet
from producer.check.check import Checked, Sending
from producer.check.column_profile import Column

COUNTS: Final = ("Filled", "Missing", "Refused", "Distinct")
HELD: Final = ("Least", "Greatest", "Most frequent")


def checked(found: Checked) -> RenderableType:
    """The tables of problems, columns, and planned requests."""
    parts: list[RenderableType] = [*(Text(note) for note in found.notes)]
    if found.unreadable:
        parts += [_heading("Files that cannot be read", red=True), *(Text(f"  {why}") for why in found.unreadable)]
    if found.map_lines:
        parts += [_heading("What a map must say (--map FILE)"), *(Text(f"  {line}") for line in found.map_lines)]
        parts.append(Text("  `tillstream replay FILE --suggest-map` writes the whole map."))
    if found.missing_words:
        parts += [_heading("Words that may mean missing"), *(Text(f"  {sentence}") for sentence in found.missing_words)]
    if found.problems:
        refused = counted_of(found.refused, found.rows, "row")
        parts += [_heading(f"{refused} would be refused", red=True), _problems(found)]
    if found.rows > found.refused:
        parts += [_heading("Columns of the right rows, and how many rows each column refuses"), _Columns(found.columns)]
    parts.append(_heading("What would be sent"))
    parts.append(Text(f"  {sending(found.sending)}"))
    if found.unreadable:
        parts.append(Text("  A replay stops at the first file that cannot be read."))
    return Group(*parts)


def sending(plan: Sending) -> str:
    """The figures of the planned requests, as one sentence."""
    if not plan.lines:
        return "nothing"
    copies = f", {plan.copies:,} of them further copies of a line" if plan.copies else ""
    return (
        f"{counted(plan.lines, 'line')}{copies}, of {plan.first_date} to {plan.last_date}, {plan.amount:,f} in all: "
        f"{counted(plan.requests, 'request')}, {counted(plan.bytes, 'byte')}"
    )


def _heading(text: str, *, red: bool = False) -> Text:
    return Text(f"\n{text}", style="bold red" if red else "bold")


def _problems(found: Checked) -> Sheet:
    rows = []
    for problem in found.problems:
        left = problem.rows - len(problem.first)
        places = [*problem.first, *([f"and {left:,} more"] if left > 0 else [])]
        rows.append([f"{problem.rows:,}", problem.field, problem.rule, problem.value, "\n".join(places)])
    return Sheet(["Rows", "Field", "Rule", "First value", "First at"], rows, ["Rows"])


class _Columns:
    """Tables of how full each column is, and of its values: side by side, or stacked in a narrow terminal."""

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich calls this with the available width."""
        counts = [[it.name, *_counts(it)] for it in self._columns]
        held = [[it.name, *_held(it)] for it in self._columns]
        beside = [[*left, *right[1:]] for left, right in zip(counts, held, strict=True)]
        whole = Sheet(["Column", *COUNTS, *HELD], beside, COUNTS)
        if whole.natural_width <= options.max_width:
            yield whole
        else:
            yield Group(Sheet(["Column", *COUNTS], counts, COUNTS), Text(), Sheet(["Column", *HELD], held))


def _counts(column: Column) -> list[str]:
    least = "≥ " if column.at_least else ""
    return [f"{column.filled:,}", f"{column.missing:,}", f"{column.refused:,}", f"{least}{column.distinct:,}"]


def _held(column: Column) -> list[str]:
    frequent = f"{_text(column.frequent)} ({column.frequent_rows:,})" if column.frequent is not None else ""
    return [_text(column.least), _text(column.greatest), frequent]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
