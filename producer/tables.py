"""An invoice and a customer as tables for the terminal."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

LINES: Final = ("StockCode", "Description", "Quantity", "UnitPrice", "Occurrence", "LineId")
INVOICES: Final = ("InvoiceNo", "InvoiceDate", "Country", "Lines", "Units", "Amount")
NUMBERS: Final = frozenset({"Quantity", "UnitPrice", "Occurrence", "Lines", "Units", "Amount"})
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
    return Group(_facts(answer), _table(LINES, answer.get("lines", ())))


def customer(answer: Mapping[str, Any]) -> RenderableType:
    """A customer's totals and invoices, newest first."""
    return Group(_facts(answer), _table(INVOICES, answer.get("invoices", ())))


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
