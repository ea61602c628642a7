"""An invoice and a customer as tables for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from console.tables import Sheet, console, figure

LINES: Final = ("StockCode", "Description", "Quantity", "UnitPrice", "Occurrence", "LineId")
INVOICES: Final = ("InvoiceNo", "InvoiceDate", "Country", "Lines", "Units", "Amount")
MONEY: Final = frozenset({"UnitPrice", "Amount"})
NUMBERS: Final = frozenset({"Quantity", "UnitPrice", "Occurrence", "Lines", "Units", "Amount"})
SHORT_ID: Final = 8
"""Digits of a LineId shown where 32 do not fit."""


def show(screen: RenderableType) -> None:
    """Print a screen, as wide as the terminal is."""
    console().print(screen)


def invoice(answer: Mapping[str, Any]) -> RenderableType:
    """An invoice's totals and its lines by stock code, the copies of a row together.

    The column Occurrence appears only if a line has further copies.
    """
    lines = sorted(answer.get("lines", ()), key=lambda line: (line.get("StockCode") or "", line.get("Occurrence") or 1))
    copies = any((line.get("Occurrence") or 1) > 1 for line in lines)
    return Group(_facts(answer), _sheet([name for name in LINES if copies or name != "Occurrence"], lines))


def customer(answer: Mapping[str, Any]) -> RenderableType:
    """A customer's totals and invoices, newest first."""
    return Group(_facts(answer), _sheet(INVOICES, answer.get("invoices", ())))


def _facts(answer: Mapping[str, Any]) -> RenderableType:
    """The totals of the answer, a line each."""
    facts = Table.grid(padding=(0, 2))
    for name, value in answer.items():
        if not isinstance(value, list | dict) and name != "next":
            facts.add_row(Text(name, "bold"), _cell(name, value))
    return facts


def _sheet(columns: Sequence[str], items: Iterable[Mapping[str, Any]]) -> Sheet:
    rows = [[_cell(name, item.get(name)) for name in columns] for item in items]
    return Sheet(columns, rows, NUMBERS, {"LineId": (f"LineId[:{SHORT_ID}]", lambda text: text[:SHORT_ID])})


def _cell(name: str, value: Any) -> Text:
    if value is None:
        return Text("–", "dim")
    if name in NUMBERS:
        return Text(figure(value, 2 if name in MONEY else 0))
    return Text(str(value).replace("T", " ") if name.endswith("Date") else str(value))
