"""The demo's last screen: each proven promise with its store, a figure and a mark. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from commerce.lines import OrderLine
from console.counts import counted
from console.tables import Sheet, figure

TITLES: Final = ("", "where", "what holds", "figure")
STREAM: Final = ("topic", "s3")
"""The hops that hold the stream's lines and not those of dropped files."""
TYPICAL: Final = 10
"""The number of lines of an invoice that is typical and fits a screen."""


def proofs(invoices: Iterable[Mapping[str, Any]], verdict: Mapping[str, Any]) -> Sheet:
    """A row for each invoice that the API returned as it was sent, and one for each rule of `reconcile --json`."""
    csv, *_ = verdict["hops"]
    rows = [
        [_mark(not csv["rejected"]), "files", "every row is an order line", counted(csv["rows"], "row")],
        *([_mark(True), "API", f"invoice {it['InvoiceNo']} is as it was sent", _lines(it["Lines"])] for it in invoices),
        *([_mark(rule["holds"]), rule["hop"], rule["says"], _figure(rule, verdict)] for rule in verdict["rules"]),
        [
            _mark(is_alike(verdict)),
            "all",
            "files and tables have the same net amount",
            figure(Decimal(csv["net_amount"])),
        ],
    ]
    return Sheet(TITLES, rows, ["figure"])


def _figure(rule: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    """The number of lines of a rule about lines; of another rule, the number of exceptions from it."""
    hop = next(hop for hop in verdict["hops"] if hop["name"] == rule["hop"])
    return _lines(hop["lines"]) if rule["name"].endswith("lines") else counted(rule["count"], "exception")


def is_alike(verdict: Mapping[str, Any]) -> bool:
    """Whether the files and every table have the same net amount."""
    return len({hop["net_amount"] for hop in verdict["hops"] if hop["name"] not in STREAM}) == 1


def _lines(count: int) -> str:
    return counted(count, "line")


def _mark(holds: bool) -> str:
    return "✓" if holds else "✗"


def typical(lines: Iterable[OrderLine]) -> tuple[str, int]:
    """The invoice to show first, and its number of lines: of a customer, of some ten articles, each of them once."""
    found: dict[str, list[OrderLine]] = {}
    for line in lines:
        found.setdefault(line.InvoiceNo, []).append(line)
    plain = [
        number for number, of in found.items() if of[0].CustomerID and len({line.StockCode for line in of}) == len(of)
    ]
    first = min(plain, key=lambda number: abs(len(found[number]) - TYPICAL))
    return first, len(found[first])
