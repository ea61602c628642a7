"""An invoice and a customer as tables for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

LINES: Final = ("StockCode", "Description", "Quantity", "UnitPrice", "Occurrence", "LineId")
INVOICES: Final = ("InvoiceNo", "InvoiceDate", "Country", "Lines", "Units", "Amount")
NUMBERS: Final = frozenset({"Quantity", "UnitPrice", "Occurrence", "Lines", "Units", "Amount"})
WHOLE_ID_WIDTH: Final = 118
"""Columns from which a line's table has room for its id; a narrower terminal shows the first digits."""

SHORT_ID: Final = 8
UNLIMITED_WIDTH: Final = 160
"""Columns where the output is no terminal, so that a pipe gets whole lines."""


def show(screen: RenderableType) -> None:
    """Print a screen, as wide as the terminal is."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = UNLIMITED_WIDTH
    console.print(screen)


def invoice(answer: Mapping[str, Any]) -> RenderableType:
    """An invoice's totals and its lines."""
    return Group(_facts(answer), _Lines(answer.get("lines", ())))


def customer(answer: Mapping[str, Any]) -> RenderableType:
    """A customer's totals and invoices, newest first."""
    return Group(_facts(answer), _table(INVOICES, answer.get("invoices", ())))


class _Lines:
    """The lines of an invoice. On a narrow terminal an id in full would squeeze every description."""

    def __init__(self, items: Sequence[Mapping[str, Any]]) -> None:
        self._items = items

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich asks for the table with the width at hand."""
        items: Iterable[Mapping[str, Any]] = self._items
        if options.max_width < WHOLE_ID_WIDTH:
            items = [{**item, "LineId": f"{str(item.get('LineId'))[:SHORT_ID]}…"} for item in items]
        yield _table(LINES, items)


def _facts(answer: Mapping[str, Any]) -> RenderableType:
    """What the answer says of the whole, a line each."""
    facts = Table.grid(padding=(0, 2))
    for name, value in answer.items():
        if not isinstance(value, list | dict) and name != "next":
            facts.add_row(Text(name, "bold"), _cell(name, value))
    return facts


def _table(columns: Iterable[str], items: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in NUMBERS else "left", overflow="fold")
    for item in items:
        # Text: a description may hold square brackets, which are no markup of ours
        table.add_row(*(_cell(name, item.get(name)) for name in columns))
    return table


def _cell(name: str, value: Any) -> Text:
    if value is None:
        return Text("–", "dim")
    if name in NUMBERS:
        return Text(f"{value:,}")
    return Text(str(value).replace("T", " ") if name.endswith("Date") else str(value))
