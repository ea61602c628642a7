"""What the demo has proven, as its last screen: each promise with its store, a figure and the mark. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from commerce.lines import OrderLine
from console.tables import Sheet, figure

TITLES: Final = ("", "where", "what holds", "figure")
TYPICAL: Final = 10
"""Lines of an invoice that shows what one is and fits a screen."""


def proofs(invoices: Iterable[Mapping[str, Any]], verdict: Mapping[str, Any]) -> Sheet:
    """A row for each invoice that the API gave as it was sent, and one for each rule of `reconcile --json`."""
    csv, *_ = verdict["hops"]
    rows = [
        [_mark(not csv["rejected"]), "files", "every row is an order line", f"{csv['rows']:,} rows"],
        *([_mark(True), "API", f"invoice {it['InvoiceNo']} is as it was sent", _lines(it["Lines"])] for it in invoices),
        *([_mark(rule["holds"]), rule["hop"], rule["says"], _figure(rule, verdict)] for rule in verdict["rules"]),
        [_mark(_is_alike(verdict)), "all", "the net amount is the same everywhere", figure(Decimal(csv["net_amount"]))],
    ]
    return Sheet(TITLES, rows, ["figure"])


def _figure(rule: Mapping[str, Any], verdict: Mapping[str, Any]) -> str:
    """Of a rule about lines their number; what speaks against another one, which is nothing where it holds."""
    hop = next(hop for hop in verdict["hops"] if hop["name"] == rule["hop"])
    return _lines(hop["lines"]) if rule["name"].endswith("lines") else f"{rule['count']:,} against it"


def _is_alike(verdict: Mapping[str, Any]) -> bool:
    return len({hop["net_amount"] for hop in verdict["hops"]}) == 1


def _lines(count: int) -> str:
    return f"{count:,} {'line' if count == 1 else 'lines'}"


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
